/** Behaviour settings (rule 19): tone and rules in prose, and what code does by them. They lift no rule that code enforces. */
export interface Behaviour {
	readonly instructions: string;
	/** How many items a first answer lists at most (rule 17). */
	readonly firstAnswerItems: number;
	/** Words that hand the conversation to a person, in any language (rule 20). */
	readonly handoverKeywords: readonly string[];
}

/**
 * Company, then channel, then scenario: a later one adds its instructions and keywords, and its number of items counts. Absent or undefined: nothing of
 * its own.
 */
export function mergeBehaviour(base: Behaviour, ...more: readonly (Partial<Behaviour> | undefined)[]): Behaviour {
	return more.reduce<Behaviour>(
		(merged, own) => ({
			instructions: [merged.instructions, own?.instructions ?? ''].map((text) => text.trim()).filter((text) => text !== '').join('\n\n'),
			firstAnswerItems: own?.firstAnswerItems ?? merged.firstAnswerItems,
			handoverKeywords: [...new Set([...merged.handoverKeywords, ...(own?.handoverKeywords ?? [])])],
		}),
		base,
	);
}
