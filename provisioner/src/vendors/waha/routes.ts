/** Every route of WAHA that the client calls, to be checked against its published OpenAPI document (`npm run conformance`). */
export const routes = [
	{ method: 'POST', path: '/api/sessions' },
	{ method: 'GET', path: '/api/sessions/{session}' },
	{ method: 'POST', path: '/api/sessions/{session}/start' },
	{ method: 'POST', path: '/api/sessions/{session}/stop' },
	{ method: 'PUT', path: '/api/sessions/{session}' },
	{ method: 'DELETE', path: '/api/sessions/{session}' },
	{ method: 'GET', path: '/api/{session}/auth/qr' },
	{ method: 'GET', path: '/api/{session}/lids/{lid}' },
	{ method: 'GET', path: '/api/{session}/lids/pn/{phoneNumber}' },
	{ method: 'POST', path: '/api/sendText' },
	{ method: 'POST', path: '/api/sendImage' },
	{ method: 'POST', path: '/api/sendVideo' },
	{ method: 'GET', path: '/api/{session}/chats/{chatId}/messages' },
] as const satisfies readonly { method: string; path: string }[];
