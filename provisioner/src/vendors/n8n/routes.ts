/**
 * Every route of n8n's public API that the client calls (below `/api/v1`), and the scope that its API key needs for it. Checked against
 * the OpenAPI document that n8n ships (client.test.ts).
 */
export const routes = [
	{ method: 'GET', path: '/workflows', scope: 'workflow:list' },
	{ method: 'POST', path: '/workflows', scope: 'workflow:create' },
	{ method: 'GET', path: '/workflows/{workflowId}', scope: 'workflow:read' },
	{ method: 'PUT', path: '/workflows/{workflowId}', scope: 'workflow:update' },
	{ method: 'DELETE', path: '/workflows/{workflowId}', scope: 'workflow:delete' },
	{ method: 'POST', path: '/workflows/{workflowId}/activate', scope: 'workflow:activate' },
	{ method: 'POST', path: '/workflows/{workflowId}/deactivate', scope: 'workflow:deactivate' },
	{ method: 'GET', path: '/credentials', scope: 'credential:list' },
	{ method: 'POST', path: '/credentials', scope: 'credential:create' },
	{ method: 'PATCH', path: '/credentials/{credentialId}', scope: 'credential:update' },
	{ method: 'DELETE', path: '/credentials/{credentialId}', scope: 'credential:delete' },
] as const satisfies readonly { method: string; path: string; scope: string }[];
