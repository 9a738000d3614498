/** Until a server that can do it is found. */
export const SELECT_TIMEOUT_MS = 5_000;
/** Without a byte on a connection. */
export const SOCKET_TIMEOUT_MS = 10_000;
/** The driver repeats a call that failed, once. */
export const LONGEST_CALL_MS = 2 * (SELECT_TIMEOUT_MS + SOCKET_TIMEOUT_MS);
