import { deriveSigningSecret } from '../../../../core/signature.ts';
import { seal, sha256, unseal } from '../../store/secrets.ts';

const contextOf = (keyId: string): string => `api_key:${keyId}`;

/** What is stored of an API key: never the key. The signing secret can be opened again, to sign deliveries to its subscriptions. */
export function storedForm(masterKey: Buffer, keyId: string, apiKey: string): { hash: string; signingSecret: Buffer } {
	return { hash: sha256(apiKey), signingSecret: seal(masterKey, deriveSigningSecret(apiKey), contextOf(keyId)) };
}

/**
 * The secret that signs deliveries to subscriptions made with a key, from `api_keys.signing_secret`.
 * @throws AppError `secret_unreadable`
 */
export function openSigningSecret(masterKey: Buffer, keyId: string, sealed: Buffer): string {
	return unseal(masterKey, sealed, contextOf(keyId)).toString('utf8');
}
