import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { Router } from 'express';
import { problemHandler } from '../http/problem.ts';
import { silentLog } from './api.ts';

/** One GET of a router by itself, over HTTP on 127.0.0.1. */
export async function getFrom(router: Router, path: string, headers: Record<string, string> = {}): Promise<{ status: number; type: string; text: string; json: unknown }> {
	const server = createServer(express().use(router).use(problemHandler(silentLog)));
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	try {
		const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers });
		const text = await response.text();
		const type = response.headers.get('content-type') ?? '';
		return { status: response.status, type, text, json: type.includes('json') ? (JSON.parse(text) as unknown) : undefined };
	} finally {
		server.close();
		server.closeAllConnections();
	}
}
