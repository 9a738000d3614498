/// <reference types="vite/types/importMeta.d.ts" />
// The tests that must notice a change of the guard, as one file.
import.meta.glob(['../../core/agent/guard/**/*.test.ts', '../../core/agent/decide.test.ts', '!**/*.property.test.ts'], { eager: true });
