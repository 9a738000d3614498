import { aimedLength, fitsChannel } from '../channel-length.ts';
import type { Rule } from './draft.ts';
import { violation } from './violation.ts';

/** Rule 6. */
export const lengthRule: Rule = ({ turn }, { proposal: { response } }) =>
	fitsChannel(response, turn.channel) ? [] : [violation('too_long', `The answer has ${response.length} characters; write at most ${aimedLength(turn.channel)}.`)];
