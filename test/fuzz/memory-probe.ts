/** Loaded into the provisioner's process: collects garbage when asked, and tells what is left. */
process.on('message', () => {
	for (let times = 0; times < 3; times += 1) globalThis.gc?.();
	process.send?.(process.memoryUsage());
});
// The question may come at any time, but must not keep the process.
process.channel?.unref();
