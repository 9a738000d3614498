import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { ConformanceReport, RouteName } from './report.ts';

/** A JSON body that must be assignable to a type of an official SDK, e.g. `Stripe.V2.Core.Account`. */
export interface TypedBody {
	readonly route: RouteName;
	readonly what: string;
	readonly type: string;
	readonly body: unknown;
}

const FILE = fileURLToPath(new URL('./bodies.virtual.ts', import.meta.url));

/**
 * Lets the TypeScript compiler check real bodies, written as literals, against the SDKs' published types: wrong types,
 * missing fields and unknown fields are all errors for it.
 */
export function checkTypes(bodies: readonly TypedBody[], report: ConformanceReport): void {
	const lines = [
		"import type Stripe from 'stripe';",
		"import type OpenAI from 'openai';",
		'export type Used = Stripe | OpenAI;',
		...bodies.map((body, index) => `export const body${index}: ${body.type} = ${JSON.stringify(body.body)};`),
	];
	const first = lines.length - bodies.length;
	const failures = new Map<number, string[]>();
	for (const diagnostic of diagnose(lines.join('\n'))) {
		const line = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line ?? 0;
		const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ');
		failures.set(line - first, [...(failures.get(line - first) ?? []), message]);
	}
	for (const [index, { route, what, type }] of bodies.entries()) {
		const errors = failures.get(index) ?? [];
		if (errors.length === 0) report.checked(route, `${what} is a ${type}`);
		for (const error of errors) report.mismatch(route, `${what} is no ${type}: ${error}`);
	}
	for (const error of failures.get(-first) ?? []) throw new Error(`The type check itself failed: ${error}`);
}

function diagnose(source: string): readonly ts.Diagnostic[] {
	const options: ts.CompilerOptions = {
		strict: true,
		noEmit: true,
		skipLibCheck: true,
		target: ts.ScriptTarget.ES2024,
		module: ts.ModuleKind.NodeNext,
		moduleResolution: ts.ModuleResolutionKind.NodeNext,
		esModuleInterop: true,
		types: ['node'],
	};
	const host = ts.createCompilerHost(options);
	const { fileExists, getSourceFile, readFile } = host;
	host.fileExists = (name) => name === FILE || fileExists(name);
	host.readFile = (name) => (name === FILE ? source : readFile(name));
	host.getSourceFile = (name, language) =>
		name === FILE ? ts.createSourceFile(name, source, language) : getSourceFile(name, language);
	const program = ts.createProgram([FILE], options, host);
	return [...program.getGlobalDiagnostics(), ...program.getSemanticDiagnostics(program.getSourceFile(FILE))];
}
