import type { INode } from 'n8n-workflow';
import { NodeApiError, NodeOperationError } from 'n8n-workflow';
import { AppError } from '../../core/errors.ts';

/** The turn was answered differently in the meantime: nothing is left to do, and nothing went wrong. */
const STALE_TURN_CODES: readonly string[] = ['turn_superseded', 'turn_closed'];

export function isStaleTurn(error: unknown): boolean {
	return error instanceof AppError && STALE_TURN_CODES.includes(error.code);
}

/** These say nothing about the turn: the key, or the platform, is not as it should be. */
const PLATFORM_STATUSES: readonly number[] = [401, 403, 408, 429];

/**
 * Whether an item failed because of its turn (not found, a decision of another turn, no id in the item …), so that trying again would not
 * help and the other items have nothing to do with it. Not so the platform's own failures: away, overloaded, a key that it refuses.
 */
export function isOfTurn(error: unknown): boolean {
	if (error instanceof NodeOperationError) return true;
	if (!(error instanceof AppError)) return false;
	// In a call for several turns: the platform is there, and answered the others.
	if (error.details['ofTurn'] === true) return true;
	return error.status >= 400 && error.status < 500 && !PLATFORM_STATUSES.includes(error.status);
}

/** Any error as one that n8n shows well: says what to do, names the item, and holds no credential. */
export function toNodeError(node: INode, error: unknown, itemIndex?: number): NodeApiError | NodeOperationError {
	if (error instanceof NodeApiError || error instanceof NodeOperationError) {
		if (itemIndex !== undefined) error.context['itemIndex'] ??= itemIndex;
		return error;
	}
	if (error instanceof AppError) {
		const { message, description } = explain(error);
		const options = { message, description, ...(itemIndex === undefined ? {} : { itemIndex }) };
		return new NodeApiError(node, { problem: error.code }, { ...options, httpCode: String(error.status) });
	}
	const message = error instanceof Error ? error.message : String(error);
	return new NodeOperationError(node, message, itemIndex === undefined ? {} : { itemIndex });
}

function explain(error: AppError): { message: string; description: string } {
	const code = `Error code: ${error.code}`;
	if (error.code === 'platform_unreachable') {
		const reason = String(error.details['reason'] ?? 'no answer');
		return {
			message: error.message,
			description: `Check that the platform is running, and the Base URL of the Concierge API credential (${reason}).`,
		};
	}
	if (error.status === 401) {
		return {
			message: 'The Concierge platform refused the API key.',
			description: `Check the API Key of the Concierge API credential. ${error.message} ${code}`,
		};
	}
	if (error.status === 403) {
		return {
			message: 'The API key is not allowed to do this.',
			description: `${error.message} A worker key reaches open turns only, a tenant key its own tenant's data. ${code}`,
		};
	}
	if (error.status === 429) {
		return {
			message: 'The Concierge platform asks to slow down.',
			description: `Turn on "Retry On Fail" in this node's settings. ${error.message} ${code}`,
		};
	}
	if (error.status >= 500) {
		return {
			message: 'The Concierge platform failed to handle this request.',
			description: `Try again; if it stays, look at the platform's log. ${error.message} ${code}`,
		};
	}
	return { message: error.message, description: code };
}
