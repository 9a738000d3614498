import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { AppError } from '../../../core/errors.ts';

const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM: nonce ‖ tag ‖ ciphertext. `context` is authenticated, so that a sealed value moved to another row does not open.
 * Keys are 32 bytes: the master key for tenants' data keys, a tenant's data key for its secrets.
 */
export function seal(key: Buffer, plaintext: Buffer | string, context: string): Buffer {
	const nonce = randomBytes(NONCE_BYTES);
	const cipher = createCipheriv(ALGORITHM, key, nonce);
	cipher.setAAD(Buffer.from(context));
	const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
	return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]);
}

/** @throws AppError `secret_unreadable` when the key, the context or the bytes are not those it was sealed with. */
export function unseal(key: Buffer, sealed: Buffer, context: string): Buffer {
	try {
		const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE_BYTES));
		decipher.setAAD(Buffer.from(context));
		decipher.setAuthTag(sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
		return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
	} catch (cause) {
		throw new AppError(
			'secret_unreadable',
			`A stored secret (${context}) can't be decrypted. Check that CONCIERGE_MASTER_KEY is the key it was stored under.`,
			{ cause },
		);
	}
}

export function newDataKey(): Buffer {
	return randomBytes(32);
}

/** Hash for high-entropy secrets (API keys, hook tokens): enough to find and compare them, useless to whoever reads it. */
export function sha256(value: string): string {
	return createHash('sha256').update(value).digest('hex');
}
