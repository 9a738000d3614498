/** Every Bot API method that the client calls, to be checked against the published list (`npm run conformance`). */
export const routes = [
	{ method: 'POST', path: '/getMe' },
	{ method: 'POST', path: '/setWebhook' },
	{ method: 'POST', path: '/deleteWebhook' },
	{ method: 'POST', path: '/sendMessage' },
	{ method: 'POST', path: '/sendPhoto' },
	{ method: 'POST', path: '/sendVideo' },
	{ method: 'POST', path: '/sendChatAction' },
	{ method: 'POST', path: '/answerCallbackQuery' },
	{ method: 'POST', path: '/getFile' },
] as const satisfies readonly { method: string; path: string }[];
