import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['node_modules', '.hutong', 'portal/dist', 'codegen/generated'] },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Apollo's and fastify's hooks are declared async; an async hook with nothing to await is their ordinary shape.
      '@typescript-eslint/require-await': 'off',
    },
  },
)
