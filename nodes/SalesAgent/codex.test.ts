import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('is in no category "AI": the editor would leave it out of its search for nodes', () => {
	const codex = readFileSync(new URL('./SalesAgent.node.json', import.meta.url), 'utf8');
	expect(JSON.parse(codex)).toMatchObject({ categories: ['Sales', 'Communication'] });
});
