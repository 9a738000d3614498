/// <reference types="vite/types/importMeta.d.ts" />
// The tests that must notice a change of the guard, as one file: those that propose something to it. Whole conversations are too slow here.
import.meta.glob(['../../core/agent/guard/**/*.test.ts', '../../core/agent/decide.test.ts', '!**/*.property.test.ts', '!**/offline*under-guard.test.ts'], { eager: true });
export { forgetAll } from './remembered.ts';
