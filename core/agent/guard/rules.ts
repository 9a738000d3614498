import type { Violation } from '../decision.ts';
import type { AgentFacts } from '../facts.ts';
import type { LeftOut } from './checks.ts';
import { knownDetailRule, otherItemRule } from './checkout-talk.ts';
import { dateRule } from './dates.ts';
import { discountRule, percentRule } from './discounts.ts';
import { durationRule } from './durations.ts';
import { numberRule } from './numbers.ts';
import { detailRule } from './details.ts';
import type { Draft, Rule } from './draft.ts';
import { freeRule } from './free.ts';
import { itemNameRule } from './item-names.ts';
import { lengthRule } from './length.ts';
import { contactRule, urlRule } from './links.ts';
import { phonePromiseRule } from './phone.ts';
import { placeRule } from './places.ts';
import { priceRule } from './prices.ts';
import { cardDataRule, emptyRule } from './scope.ts';
import { linkRule, stateRule } from './states.ts';
import { availabilityRule, stockRule } from './stock.ts';

export { RULE_NAMES, type RuleName } from './checks.ts';

/** What an answer's text must keep, whoever wrote it. */
export const TEXT_RULES: readonly Rule[] = [
	emptyRule, priceRule, freeRule, percentRule, discountRule, durationRule, dateRule, numberRule, itemNameRule, urlRule, contactRule,
	placeRule, availabilityRule, stockRule, detailRule, stateRule, linkRule, phonePromiseRule, cardDataRule, knownDetailRule, otherItemRule, lengthRule,
];

/** All rules on one draft, each violation once. A check that is left out finds nothing: its name is its code. */
export function checkText(facts: AgentFacts, draft: Draft, without?: LeftOut): Violation[] {
	const found = TEXT_RULES.flatMap((rule) => rule(facts, draft)).filter(({ code }) => code !== without);
	return found.filter((violation, index) => found.findIndex(({ code, message }) => code === violation.code && message === violation.message) === index);
}
