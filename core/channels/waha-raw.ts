import { storable } from './storable.ts';

/**
 * The label of a pressed button or a chosen list row, its id when there is no label; null: the message is neither.
 * Each engine of WAHA shows it in its own raw record (`_data`): WEBJS by its type, NOWEB under `message`, GOWS under `Message` with
 * Go's field names.
 * @param data `_data` of the message @param body its text as WAHA shows it: the label, in WEBJS
 */
export function pressedButton(data: unknown, body: string): string | null {
	const engineType = at(data, 'type');
	if (typeof engineType === 'string' && WEBJS_TYPES.has(engineType)) {
		return firstWords(body, at(data, 'selectedButtonId'), at(data, 'selectedId'), at(data, 'listResponse', 'singleSelectReply', 'selectedRowId'));
	}
	const message = at(data, 'message') ?? at(data, 'Message');
	const button = at(message, 'buttonsResponseMessage');
	if (button) {
		const label = at(button, 'selectedDisplayText') ?? at(button, 'Response', 'SelectedDisplayText');
		return firstWords(label, body, at(button, 'selectedButtonId'), at(button, 'selectedButtonID'));
	}
	const template = at(message, 'templateButtonReplyMessage');
	if (template) return firstWords(at(template, 'selectedDisplayText'), body, at(template, 'selectedId'), at(template, 'selectedID'));
	const row = at(message, 'listResponseMessage');
	if (row) return firstWords(at(row, 'title'), body, at(row, 'singleSelectReply', 'selectedRowId'), at(row, 'singleSelectReply', 'selectedRowID'));
	const flow = at(message, 'interactiveResponseMessage');
	if (flow) {
		const native = at(flow, 'nativeFlowResponseMessage') ?? at(flow, 'InteractiveResponseMessage', 'NativeFlowResponseMessage');
		const parameters = parsed(at(native, 'paramsJson') ?? at(native, 'paramsJSON'));
		return firstWords(at(flow, 'body', 'text'), body, at(parameters, 'display_text'), at(parameters, 'title'), at(parameters, 'id'));
	}
	return null;
}

/**
 * Notes of WhatsApp itself that some engines deliver as messages: that a chat is encrypted, that a number changed, the carriers of edits
 * and deletions (which come as events of their own).
 */
export function isNoMessage(data: unknown): boolean {
	const engineType = at(data, 'type');
	if (typeof engineType === 'string' && WEBJS_NOTES.has(engineType)) return true;
	const message = at(data, 'message') ?? at(data, 'Message');
	return at(message, 'protocolMessage') !== undefined;
}

const WEBJS_NOTES: ReadonlySet<string> = new Set(['e2e_notification', 'notification', 'notification_template', 'protocol', 'revoked', 'gp2', 'call_log', 'ciphertext']);
const WEBJS_TYPES: ReadonlySet<string> = new Set(['buttons_response', 'list_response', 'template_button_reply', 'interactive_response']);

/** The first that says something; '' when none does: that a button was pressed is still news. */
function firstWords(...candidates: readonly unknown[]): string {
	for (const candidate of candidates) if (typeof candidate === 'string' && candidate.trim() !== '') return storable(candidate);
	return '';
}

function at(value: unknown, ...path: readonly string[]): unknown {
	let found = value;
	for (const key of path) {
		if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
		found = (found as Readonly<Record<string, unknown>>)[key];
	}
	return found ?? undefined;
}

function parsed(json: unknown): unknown {
	try {
		return typeof json === 'string' ? (JSON.parse(json) as unknown) : undefined;
	} catch {
		return undefined;
	}
}
