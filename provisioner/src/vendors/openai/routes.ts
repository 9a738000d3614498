/** Every route of the OpenAI-compatible API that the client calls, below `/v1`. */
export const routes = [{ method: 'POST', path: '/audio/transcriptions' }] as const satisfies readonly { method: string; path: string }[];
