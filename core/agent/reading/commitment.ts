import { rememberedFor } from '../../remembered.ts';
import type { AgentFacts } from '../facts.ts';
import { citiesOf } from '../guard/draft.ts';
import { hasSignal, type Signal, type SignalMatch } from './lexicon.ts';
import type { Mention } from './mentions.ts';
import { readTurn, type TurnReading } from './read-turn.ts';
import { takeTimesAndPlace } from './times-and-place.ts';

/**
 * What a turn says about ordering (rule 10), in the customer's words and by what the conversation remembers. `orders`: they want it, say yes to
 * our question, or give what an order in progress lacked. `holds`: not, not yet, or only if something. `nothing`: neither.
 */
export type Commitment = 'orders' | 'holds' | 'nothing';

export interface CommitmentReading {
	readonly says: Commitment;
	/** There is an order that the turn may go on with. */
	readonly inProgress: boolean;
	/** What the turn takes out of the order. */
	readonly removed: ReadonlySet<string>;
	/** A question, in whatever language. */
	readonly asks: boolean;
	/** The turn names an item, or says anything that the lists of words know. */
	readonly names: boolean;
	readonly speaks: boolean;
}

/** A sentence or a line of the turn. */
interface Clause {
	readonly start: number;
	readonly end: number;
	readonly isQuestion: boolean;
}

const CLAUSE = /[^.!?;…\n]+(?:[.,](?=\d)[^.!?;…\n]*)*[.!?;…\n]*/gu;
const HOLDS: readonly Signal[] = ['declines', 'defers', 'cancel'];
/** What makes of a sentence a question about something. */
const ABOUT: readonly Signal[] = ['price', 'availability', 'delivery', 'deliveryTime', 'cities', 'payHow', 'refund', 'ask', 'discount', 'cheapest', 'openingHours', 'details', 'included', 'notIncluded', 'guarantee', 'notGuarantee', 'suitable', 'notSuitable', 'duration', 'instructions', 'photo', 'video', 'website', 'whenFree', 'questionWord'];
const CHANGES: readonly Signal[] = ['add', 'remove', 'change', 'no', 'insteadOf'];
/** "Not ordering", "не буду заказывать". */
const NEGATED = /(?:(?<!\p{L})(?:not|never|cannot|не|nicht)|n't)(?:\s+\p{L}+){0,2}\s+$/u;
/** What a search finds for a word with a slip of the pen. */
const FOUND_SURELY = 0.65;

/** What a turn says, its times and address apart. The facts of a turn never change, so it is read once, for the guard and for the built-in responder. */
export const readingOf = rememberedFor((facts: AgentFacts): TurnReading => readTurn(takeTimesAndPlace(facts).rest, { catalog: facts.catalog, cities: citiesOf(facts.catalog), awaiting: facts.session.awaiting }));

export const readCommitment = rememberedFor((facts: AgentFacts): CommitmentReading => {
	const said = takeTimesAndPlace(facts);
	const reading = readingOf(facts);
	const turn = new Turn(facts, reading, said.address !== '', said.saysWhen);
	return {
		says: turn.says(), inProgress: turn.inProgress, removed: turn.removed(), asks: reading.asks, names: reading.mentions.some(({ candidates }) => candidates.length > 0),
		speaks: reading.signals.size > 0,
	};
});

class Turn {
	readonly inProgress: boolean;
	readonly #facts: AgentFacts;
	readonly #reading: TurnReading;
	readonly #givesAddress: boolean;
	readonly #saysWhen: boolean;
	readonly #clauses: readonly Clause[];

	constructor(facts: AgentFacts, reading: TurnReading, givesAddress: boolean, saysWhen: boolean) {
		const { cart, awaiting, extra } = facts.session;
		this.#facts = facts;
		this.#reading = reading;
		this.#givesAddress = givesAddress;
		this.#saysWhen = saysWhen;
		this.#clauses = [...reading.text.matchAll(CLAUSE)].map(({ 0: text, index }) => ({ start: index, end: index + text.length, isQuestion: /[?¿]/u.test(text) || this.#beginsAsQuestion(index, text) }));
		this.inProgress = cart.length > 0 || awaiting.length > 0 || [extra['offer'], extra['quantityFor']].some((kept) => (kept ?? '') !== '');
	}

	says(): Commitment {
		const lastHeld = this.#clauses.findLastIndex((clause) => this.#isHeld(clause));
		const lastOrdered = this.#clauses.findLastIndex((clause) => !this.#isHeld(clause) && this.#isOrdered(clause));
		// "Not yet … all right, I'll take it": the last word counts.
		if (lastHeld >= 0 && lastOrdered < lastHeld) return 'holds';
		return lastOrdered >= 0 || this.#givesDetails() ? 'orders' : 'nothing';
	}

	removed(): ReadonlySet<string> {
		const gone = this.#clauses.flatMap((clause) => {
			const [word] = this.#in(clause, 'remove');
			return word === undefined ? [] : this.#named(clause).filter(({ start }) => start >= word.start);
		});
		return new Set(gone.flatMap(({ candidates }) => candidates.map(({ item }) => item.sku)));
	}

	/** Not, not yet, or an "if" before what would be an order. */
	#isHeld(clause: Clause): boolean {
		if (this.#has(clause, ...HOLDS)) return true;
		return this.#has(clause, 'condition') && (this.#has(clause, 'order', 'commits', 'yes', 'pronoun') || this.#named(clause).length > 0);
	}

	#isOrdered(clause: Clause): boolean {
		const { awaiting } = this.#facts.session;
		const { bareCount, ordinal, mentions } = this.#reading;
		const named = this.#named(clause);
		const isCounted = bareCount !== null || ordinal !== null || mentions.some(({ count, start }) => count !== null && isIn(clause, start));
		const asksOnly = clause.isQuestion && this.#has(clause, ...ABOUT);
		const wants = this.#affirmed(clause, 'order');
		if (!asksOnly && wants && (named.length > 0 || isCounted || this.#has(clause, 'pronoun') || this.#isFound(clause))) return true;
		if (clause.isQuestion) return false;
		if (this.#affirmed(clause, 'commits')) return true;
		if (this.#affirmed(clause, 'yes') && this.#isAsked()) return true;
		if (this.#has(clause, ...ABOUT.filter((signal) => signal !== 'availability'))) return false;
		if (named.some(({ count }) => count !== null) || (named.length > 0 && this.#has(clause, 'please'))) return true;
		// "Green tea to Lyon": a place is named for what goes there.
		if (named.length > 0 && (this.inProgress || this.#reading.place.kind !== 'none')) return true;
		if (this.inProgress && isCounted) return true;
		// "No, that's all" after "what else are you looking for?".
		if (awaiting.includes('items') && this.inProgress && this.#has(clause, 'no', 'remove', 'change')) return true;
		return this.#facts.order?.status === 'awaiting_payment' && this.#has(clause, ...CHANGES) && (named.length > 0 || isCounted || this.#reading.place.kind === 'served' || this.#givesPerson());
	}

	/** A phone or a name is given for an order, not for a talk; a place, an address or a time when they were asked for. */
	#givesDetails(): boolean {
		if (this.inProgress) return this.#givesPerson() || this.#givesAddress || this.#givesPlace() || (this.#saysWhen && this.#clauses.some(({ isQuestion }) => !isQuestion));
		return this.#givesPerson() && !this.#clauses.some(({ isQuestion }) => isQuestion);
	}

	#givesPerson(): boolean {
		const { phone, name, signals } = this.#reading;
		return phone.kind === 'number' || name !== '' || signals.has('currentNumber');
	}

	/** "Do you deliver to Madrid?" names a city and chooses none. */
	#givesPlace(): boolean {
		const { place, signals } = this.#reading;
		if (place.kind === 'none') return signals.has('ownAddress');
		return this.#clauses.some((clause) => isIn(clause, place.start) && !clause.isQuestion && !this.#has(clause, 'price', 'deliveryTime', 'duration'));
	}

	/** Our last answer asked whether they order. */
	#isAsked(): boolean {
		const { session, history } = this.#facts;
		if (session.awaiting.length > 0 || session.cart.length > 0) return true;
		const last = history.findLast(({ role }) => role !== 'customer')?.text ?? '';
		const questions = last.match(/[^.!?\n]+\?/gu) ?? [];
		return questions.some((question) => hasSignal('order', question) || hasSignal('commits', question));
	}

	#beginsAsQuestion(start: number, text: string): boolean {
		const first = start + (/^[\s,–—-]*/u.exec(text)?.[0].length ?? 0);
		return (this.#reading.signals.get('questionWord') ?? []).some((word) => word.start === first);
	}

	#named(clause: Clause): readonly Mention[] {
		return this.#reading.mentions.filter(({ candidates, start }) => candidates.length > 0 && isIn(clause, start));
	}

	/** A name with a slip of the pen. */
	#isFound(clause: Clause): boolean {
		return this.#reading.mentions.some(({ start, words }) => isIn(clause, start) && words.some(({ text }) => text.length >= 3 && this.#facts.catalog.search(text, { limit: 1 }).some(({ score }) => score >= FOUND_SURELY)));
	}

	#has(clause: Clause, ...signals: readonly Signal[]): boolean {
		return signals.some((signal) => this.#in(clause, signal).length > 0);
	}

	/** Said, and not with a "not" before it. */
	#affirmed(clause: Clause, signal: Signal): boolean {
		return this.#in(clause, signal).some(({ start }) => !NEGATED.test(this.#reading.text.slice(clause.start, start).toLowerCase()));
	}

	#in(clause: Clause, signal: Signal): readonly SignalMatch[] {
		return (this.#reading.signals.get(signal) ?? []).filter(({ start }) => isIn(clause, start));
	}
}

function isIn({ start, end }: Clause, at: number): boolean {
	return at >= start && at < end;
}
