import type { Router } from 'express';
import express from 'express';
import type { SandboxContext } from '../context.ts';
import { stringOf } from '../json.ts';
import { receiveMessage } from '../waha/inbound.ts';
import { normaliseChatId } from '../waha/messages.ts';
import { editMessage, revokeMessage } from '../waha/revisions.ts';
import { findSession, scanQr, sessionInfo, setStatus } from '../waha/sessions.ts';
import { WAHA_STATUSES } from '../waha/state.ts';
import { control, controlBody, ControlError } from './answers.ts';

/** Mounted at `/control/waha`. */
export function createWahaControl(context: SandboxContext): Router {
	const router = express.Router();
	const named = (params: { name?: unknown }) => findSession(context, stringOf(params.name));

	router.get(
		'/sessions',
		control(() => ({
			data: Object.values(context.store.current.waha.sessions).map((session) => ({
				...sessionInfo(session),
				config: undefined,
				metadata: session.config['metadata'] ?? {},
			})),
		})),
	);
	router.post(
		'/sessions/:name/scan',
		control(async (req) => {
			const session = named(req.params);
			const body = controlBody(req);
			const phone = stringOf(body['phone']).replace(/\D/g, '');
			if (phone === '') throw new ControlError(400, 'phone must be digits, e.g. "34600000000".');
			if (session.status === 'STOPPED' || session.status === 'WORKING') {
				throw new ControlError(409, `Session ${session.name} is ${session.status}; only one that shows a QR code can be scanned.`);
			}
			const deliveries = await scanQr(context, session, phone, stringOf(body['push_name'], session.name));
			return { session: sessionInfo(session), deliveries };
		}),
	);
	router.post(
		'/sessions/:name/messages',
		control((req) => receiveMessage(context, stringOf(req.params['name']), controlBody(req))),
	);
	router.post(
		'/sessions/:name/messages/:id/edit',
		control((req) => editMessage(context, stringOf(req.params['name']), stringOf(req.params['id']), controlBody(req))),
	);
	router.post(
		'/sessions/:name/messages/:id/delete',
		control((req) => revokeMessage(context, stringOf(req.params['name']), stringOf(req.params['id']))),
	);
	router.post(
		'/sessions/:name/status',
		control(async (req) => {
			const session = named(req.params);
			const wanted = controlBody(req)['status'];
			const status = WAHA_STATUSES.find((one) => one === wanted);
			if (status === undefined) throw new ControlError(400, `status must be one of ${WAHA_STATUSES.join(', ')}.`);
			const deliveries = await setStatus(context, session, status);
			return { session: sessionInfo(session), deliveries };
		}),
	);
	router.post(
		'/lids',
		control((req) => {
			const body = controlBody(req);
			const lid = stringOf(body['lid']).replace(/(@lid)?$/, '@lid');
			const phone = stringOf(body['phone']);
			if (lid === '@lid' || phone === '') throw new ControlError(400, 'lid and phone are required.');
			context.store.current.waha.lids[lid] = normaliseChatId(phone);
			context.store.changed();
			return { lid, pn: normaliseChatId(phone) };
		}),
	);
	return router;
}
