import type { IWebhookFunctions } from 'n8n-workflow';
import { deriveSigningSecret, verifySignature } from '../../core/signature.ts';
import type { ConciergeCredential } from './platform-api.ts';
import { CREDENTIAL_TYPE } from './platform-api.ts';

/** A credential that was deleted or changed in n8n is accepted for so long. */
const REMEMBERED_MS = 10_000;
const MOST_REMEMBERED = 1_000;
const remembered = new Map<string, { readonly secret: string; readonly until: number }>();

export type Verdict = ReturnType<typeof verifySignature> | { readonly ok: false; readonly reason: 'no_credential' };

/**
 * Is this call signed with the API key of the node's credential? By default n8n starts its expression engine whenever a webhook reads a
 * credential, which costs more than all else that this node does. So what is derived from the key (never the key) is remembered for some
 * seconds; a signature that doesn't fit it is checked against the credential as it is now.
 */
export async function verifyDelivery(context: IWebhookFunctions, rawBody: Buffer, header: string | undefined): Promise<Verdict> {
	const nowMs = Date.now();
	const verify = (secret: string) => verifySignature(secret, rawBody, header, Math.floor(nowMs / 1000));
	const credentialId = context.getNode().credentials?.[CREDENTIAL_TYPE]?.id ?? '';
	const known = remembered.get(credentialId);
	if (known && known.until > nowMs) {
		const verdict = verify(known.secret);
		if (verdict.ok) return verdict;
	}
	const apiKey = await readApiKey(context);
	if (apiKey === '') {
		remembered.delete(credentialId);
		return { ok: false, reason: 'no_credential' };
	}
	const secret = deriveSigningSecret(apiKey);
	if (remembered.size >= MOST_REMEMBERED) remembered.clear();
	if (credentialId !== '') remembered.set(credentialId, { secret, until: nowMs + REMEMBERED_MS });
	return verify(secret);
}

/** '' when the credential was deleted or can't be read: an error here would be stored as an execution. */
async function readApiKey(context: IWebhookFunctions): Promise<string> {
	try {
		return (await context.getCredentials<ConciergeCredential>(CREDENTIAL_TYPE)).apiKey;
	} catch (error) {
		context.logger.error(`No Concierge API credential: ${error instanceof Error ? error.message : 'unknown error'}`);
		return '';
	}
}
