import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { firstLoadLimit } from './firstLoad';

export default defineConfig({
  plugins: [react(), firstLoadLimit()],
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  // The server puts a new one into each answer (src/api/handlers_ui.cc).
  html: { cspNonce: 'HOLTER_NONCE' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    // A policy without inline scripts, and browsers that all know modules.
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        // What every page needs, apart from what changes with each release of ours. Mantine is none of it: each page has
        // components of its own, and together they would all be in the first load.
        manualChunks: (id) => {
          if (/node_modules\/(react|react-dom|scheduler)\//.test(id)) return 'react';
          if (/node_modules\/(@tanstack\/(react-router|router-core|history|react-query|query-core|react-store|store)|i18next|react-i18next|openapi-fetch)/.test(id))
            return 'base';
          return undefined;
        },
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:2157' } },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: false,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
