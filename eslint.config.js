import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.test.ts', '**/testing/**/*.ts'];

/** Relative paths into another folder of the house, e.g. '../../provisioner/src/…'. */
const into = (...folders) => `^(\\.\\./)+(${folders.join('|')})/`;
/** Packages other than these. */
const packagesBut = (...allowed) => `^(?!\\.)(?!(${allowed.map((name) => name.replaceAll('/', '\\/')).join('|')})(/|$))`;

function imports(files, message, regexes, ignores = []) {
	return {
		files,
		ignores,
		rules: { 'no-restricted-imports': ['error', { patterns: regexes.map((regex) => ({ regex, message })) }] },
	};
}

/** Who may import whom: design/architecture.md. Tests may also use the test tools and read files. */
const IMPORT_RULES = [
	imports(
		['core/**/*.ts'],
		'core is pure: it imports only itself, zod and node:crypto.',
		[into('nodes', 'credentials', 'provisioner', 'sandbox', 'scripts', 'bench', 'test'), packagesBut('zod', 'node:crypto')],
		TESTS,
	),
	imports(
		['core/**/*.test.ts'],
		'Tests of core use core alone: facts in, values out.',
		[into('nodes', 'credentials', 'provisioner', 'sandbox', 'scripts', 'bench')],
	),
	imports(
		['nodes/**/*.ts', 'credentials/**/*.ts'],
		'Nodes import n8n-workflow, core (nothing that needs zod at run time) and their own folder.',
		[into('provisioner', 'sandbox', 'scripts', 'bench', 'test'), packagesBut('n8n-workflow', 'node:crypto')],
		TESTS,
	),
	imports(
		['nodes/**/*.test.ts', 'credentials/**/*.test.ts', 'test/nodes/**/*.ts'],
		'Nodes are tested on n8n alone, with the platform answered by the test.',
		[into('provisioner', 'sandbox', 'scripts', 'bench')],
	),
	imports(
		['provisioner/**/*.ts'],
		'The provisioner imports core and its own dependencies, never nodes or the sandbox.',
		[into('nodes', 'credentials', 'sandbox'), '^n8n(-workflow|-core|-nodes-base)?(/|$)'],
	),
	imports(
		['sandbox/**/*.ts'],
		'A stand-in that shares the code under test proves nothing: the sandbox imports neither core nor provisioner nor nodes.',
		[into('core', 'nodes', 'credentials', 'provisioner')],
	),
];

const COMMUNITY_NODES = {
	...n8nCommunityNodesPlugin.configs.recommended,
	ignores: ['**/*.test.ts', ...n8nCommunityNodesPlugin.configs.recommended.ignores],
};

export default tseslint.config(
	{
		ignores: ['**/dist/**', '**/node_modules/**', '**/coverage/**', '**/.concierge/**', '**/generated/**', '**/*.generated.ts'],
	},
	{
		files: ['**/*.ts'],
		extends: [tseslint.configs.strict],
		linterOptions: { reportUnusedDisableDirectives: 'error' },
		rules: {
			'@typescript-eslint/no-explicit-any': 'error',
			'@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
			'@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
			'@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
			'no-restricted-syntax': [
				'error',
				{
					selector: 'TSAsExpression > TSAsExpression[typeAnnotation.type="TSUnknownKeyword"]',
					message: '`as unknown as` hides a wrong type: parse the value or narrow it with a guard.',
				},
				{ selector: 'TSEnumDeclaration', message: 'Enums are not erasable: use a union of literals.' },
				{ selector: 'TSParameterProperty', message: 'Parameter properties are not erasable: declare the field.' },
			],
			'max-lines': ['warn', { max: 250, skipBlankLines: true, skipComments: true }],
			// Plain objects as dictionaries are fine; Map where keys come from outside.
			'@typescript-eslint/no-dynamic-delete': 'off',
			eqeqeq: 'error',
		},
	},
	{
		// A promise nobody waits for is an error nobody sees. These need types, so only for what runs in production.
		files: ['core/**/*.ts', 'nodes/**/*.ts', 'credentials/**/*.ts', 'provisioner/src/**/*.ts', 'sandbox/src/**/*.ts'],
		ignores: TESTS,
		languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
		rules: {
			'@typescript-eslint/no-floating-promises': 'error',
			'@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
			'@typescript-eslint/await-thenable': 'error',
			'no-console': 'error',
		},
	},
	{
		files: TESTS,
		rules: {
			// A test that is wrong about this fails by itself.
			'@typescript-eslint/no-non-null-assertion': 'off',
		},
	},
	...IMPORT_RULES,
	{ ...COMMUNITY_NODES, files: ['nodes/**/*.ts', 'credentials/**/*.ts'] },
	{
		...COMMUNITY_NODES,
		files: ['package.json'],
		languageOptions: { parser: tseslint.parser, parserOptions: { extraFileExtensions: ['.json'] } },
	},
);
