import { writeFile } from 'node:fs/promises';
import gulp from 'gulp';

/** Icons and codex files stand beside the compiled nodes; n8n reads both from there. */
function copyIconsAndCodex() {
	return gulp
		.src(['nodes/**/*.{svg,png}', 'nodes/**/*.node.json', 'credentials/**/*.{svg,png}'], { base: '.', encoding: false })
		.pipe(gulp.dest('dist'));
}

/** The package is ESM in development; what n8n requires is CommonJS. */
function markAsCommonJs() {
	return writeFile('dist/package.json', `${JSON.stringify({ type: 'commonjs' })}\n`);
}

export const build = gulp.parallel(copyIconsAndCodex, markAsCommonJs);
