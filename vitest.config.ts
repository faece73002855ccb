import { defineConfig } from 'vitest/config'

export default defineConfig({
  resolve: {
    // Without the alias vitest loads graphql twice ("from another module or realm").
    alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }],
  },
  test: {
    include: ['tests/**/*.test.ts'],
    reporters: ['default', './tests/support/counts-reporter.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
