/** Short, for people to say and to type: `A1B2C3D4`, the random end of the order's id. */
export function orderNumber(orderId: string): string {
	return orderId.slice(-8).toUpperCase();
}
