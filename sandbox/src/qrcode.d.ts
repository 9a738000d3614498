declare module 'qrcode' {
	const QRCode: {
		toBuffer(text: string, options?: { readonly margin?: number; readonly scale?: number }): Promise<Buffer>;
	};
	export default QRCode;
}
