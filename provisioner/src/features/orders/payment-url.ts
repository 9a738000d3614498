/** Our own payment link: it opens the provider's session of the moment, or makes a new one. */
export function paymentUrl(publicUrl: string, payToken: string): string {
	return `${publicUrl}/pay/${payToken}`;
}
