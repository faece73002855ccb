import type { Policy } from '../vocabulary.ts'

const policy: Policy = {
  owner: 'hub',
  doors: [
    'Query.me',
    'Query.departments',
    'Query.enterprise',
    'Query.enterprises',
    'Enterprise.uscc',
    'Enterprise.division',
  ],
  follows: ['Viewer', 'Department', 'Division'],
  items: [],
}

export default policy
