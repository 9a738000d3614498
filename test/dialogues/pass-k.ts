/**
 * Chance that k tries in a row are all right, estimated from n tries of which c were right, without bias: C(c,k) / C(n,k).
 * As τ-bench has it: https://arxiv.org/abs/2406.12045
 */
export function passK(right: number, tries: number, k: number): number {
	if (k > tries) return Number.NaN;
	let chance = 1;
	for (let i = 0; i < k; i += 1) chance *= Math.max(0, right - i) / (tries - i);
	return chance;
}
