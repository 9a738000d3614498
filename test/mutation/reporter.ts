import type { MutantResult } from '@stryker-mutator/api/core';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import type { Reporter } from '@stryker-mutator/api/report';

const FOUND = ['Killed', 'RuntimeError'];

/** Prints each mutant that no test found, as soon as that is known. */
class SurvivorReporter implements Reporter {
	static readonly inject = [];

	onMutantTested({ fileName, location: { start }, mutatorName, replacement, status }: Readonly<MutantResult>): void {
		if (!FOUND.includes(status)) console.log(`${fileName}:${start.line}:${start.column} ${status} ${mutatorName} → ${replacement ?? ''}`);
	}
}

export const strykerPlugins = [declareClassPlugin(PluginKind.Reporter, 'survivors', SurvivorReporter)];
