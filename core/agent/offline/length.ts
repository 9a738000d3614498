/** At most `characters`, cut between words. */
export function clip(text: string, characters: number): string {
	if (text.length <= characters) return text.trim();
	const head = text.slice(0, characters - 1);
	const space = head.lastIndexOf(' ');
	return `${head.slice(0, space > characters / 2 ? space : head.length).trimEnd()}…`;
}
