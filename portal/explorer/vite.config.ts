import { defineConfig } from 'vite'

// The page is built at `npm ci`, so the build leaves out what costs time and memory: source maps, and the gzip report.
export default defineConfig({
  root: import.meta.dirname,
  base: '/explorer/',
  publicDir: false,
  // Workers are module files of their own, so that `worker-src 'self'` is enough.
  worker: { format: 'es' },
  build: {
    outDir: '../dist/explorer',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 8192,
    // Nothing becomes a data: URL, so that `font-src 'self'` is enough.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // 'use client' in the libraries means nothing to a page without server components; 200 warnings say so.
      onLog: (level, log, report) => {
        if (log.code !== 'MODULE_LEVEL_DIRECTIVE') report(level, log)
      },
    },
  },
})
