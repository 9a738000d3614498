import { readConfig } from './config.ts';
import { createSandbox } from './server.ts';

async function main(): Promise<void> {
	const config = readConfig(process.env);
	const sandbox = await createSandbox(config);
	process.stdout.write(`${JSON.stringify({ ready: true, service: 'sandbox', url: sandbox.url })}\n`);
	const stop = () => {
		void sandbox.close().then(() => process.exit(0));
	};
	process.once('SIGTERM', stop);
	process.once('SIGINT', stop);
}

main().catch((error: unknown) => {
	const busy = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
	const reason = error instanceof Error ? error.message : String(error);
	const message = busy
		? `Port ${process.env['SANDBOX_PORT'] ?? '8090'} is in use. Set SANDBOX_PORT to a free port.`
		: reason;
	process.stderr.write(`sandbox: ${message}\n`);
	process.exit(1);
});
