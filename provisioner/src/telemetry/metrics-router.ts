import { timingSafeEqual } from 'node:crypto';
import { BlockList, isIPv4 } from 'node:net';
import express from 'express';
import type { Request, Router } from 'express';
import { AppError } from '../../../core/errors.ts';
import { sha256 } from '../store/secrets.ts';

const NEAR = new BlockList();
for (const [network, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16]] as const) NEAR.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [['::1', 128], ['fc00::', 7], ['fe80::', 10]] as const) NEAR.addSubnet(network, bits, 'ipv6');

/** Behind a proxy every caller has the proxy's address: what a proxy passes on comes from anywhere. */
const PASSED_ON = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const;

/**
 * `GET /metrics` in Prometheus's text format. With `token` set only for `Authorization: Bearer <token>`; without, only for callers on
 * this machine or a private network that come directly.
 */
export function createMetricsRouter(deps: { metrics: { readonly contentType: string; text(): Promise<string> }; token: string | undefined }): Router {
	const router = express.Router();
	router.get('/metrics', async (request, response) => {
		admit(request, deps.token);
		const text = await deps.metrics.text();
		response.setHeader('Cache-Control', 'no-store').setHeader('Content-Type', deps.metrics.contentType).send(text);
	});
	return router;
}

function admit(request: Request, token: string | undefined): void {
	if (token !== undefined) {
		const [, given = ''] = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
		if (timingSafeEqual(Buffer.from(sha256(given)), Buffer.from(sha256(token)))) return;
		throw new AppError('metrics_token_invalid', 'Send the METRICS_TOKEN as `Authorization: Bearer …`.', { status: 401 });
	}
	if (isNear(request.socket.remoteAddress) && !PASSED_ON.some((name) => name in request.headers)) return;
	throw new AppError('metrics_not_allowed', 'Metrics are for callers on a private network that come directly. Set METRICS_TOKEN to read them from elsewhere.', { status: 403 });
}

export function isNear(address: string | undefined): boolean {
	return address !== undefined && NEAR.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}
