import pg from 'pg';

/** An error in PostgREST's form: https://docs.postgrest.org/en/stable/references/errors.html */
export class RestError extends Error {
	readonly status: number;
	readonly body: { code: string; message: string; details: string | null; hint: string | null };

	constructor(status: number, code: string, message: string, more: { details?: string | null; hint?: string | null } = {}) {
		super(message);
		this.status = status;
		this.body = { code, message, details: more.details ?? null, hint: more.hint ?? null };
	}
}

/** What PostgREST makes of a database's error. Anything else stays what it is. */
export function restError(error: unknown, isAnonymous: boolean): unknown {
	if (!(error instanceof pg.DatabaseError)) return error;
	const code = error.code ?? 'XX000';
	return new RestError(statusOf(code, isAnonymous), code, error.message, { details: error.detail ?? null, hint: error.hint ?? null });
}

const STATUS: Readonly<Record<string, number>> = {
	'23503': 409, '23505': 409, '25006': 405, '21000': 400, '22023': 400, '42883': 404, '42P01': 404, '42P17': 500, '53400': 500, P0001: 400, '57014': 500,
	'08': 503, '09': 500, '0L': 403, '0P': 403, '25': 500, '28': 403, '2D': 500, '38': 500, '39': 500, '3B': 500, '40': 500, '53': 503, '54': 500, '55': 500, '57': 500, '58': 500, F0: 500, HV: 500, P0: 500, XX: 500,
};

function statusOf(code: string, isAnonymous: boolean): number {
	if (code === '42501') return isAnonymous ? 401 : 403;
	// A function may raise a status of its own: RAISE sqlstate 'PT409'.
	const raised = /^PT(\d{3})$/u.exec(code)?.[1];
	if (raised !== undefined) return Number(raised);
	return STATUS[code] ?? STATUS[code.slice(0, 2)] ?? 400;
}
