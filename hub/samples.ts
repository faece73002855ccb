/** Queries to begin with, over enterprises of the development data. */

export interface Sample {
  name: string
  viewer: string
  purpose: string
  query: string
  variables: Record<string, unknown>
}

const oneView = `# One enterprise as six departments know it.
# Switch who is asking and run it again.
query OneEnterprise($uscc: USCC!) {
  enterprise(uscc: $uscc) {
    uscc
    name
    status
    division { province city county }
    market {
      legalRepresentative { name idNumber }
      registration { establishedOn authority }
      licences { number name validTo }
    }
    customs {
      creditGrade
      registration { code district filedOn }
      declarations(first: 3) {
        totalCount
        nodes {
          number
          declaredAt
          status { code zh }
          value { amount currency }
        }
      }
    }
    tax {
      creditGrade
      listedGradeA
      exportRefundClass
      refunds(first: 3) {
        nodes { period status amount { amount } }
      }
    }
    fx {
      class
      settlements(first: 3) {
        nodes { kind account amount { amount currency } }
      }
    }
    commerce {
      filing { number zone roles status }
      overseasWarehouses { country area public }
    }
    postal {
      shipments(first: 3) {
        nodes { trackingNumber destination }
      }
      monthlyVolumes { month parcels express }
    }
  }
}
`

const refundReview = `# A refund clerk compares refunds with declarations.
# Outside the grant's divisions they are denied.
query RefundReview($usccs: [USCC!]!) {
  enterprises(usccs: $usccs) {
    uscc
    name
    division { city }
    tax {
      creditGrade
      refunds(first: 5) {
        nodes {
          number
          status
          amount { amount }
          declarationNumbers
        }
      }
    }
    customs {
      declarations(first: 50) {
        totalCount
        nodes {
          number
          status { zh }
          value { amount currency }
        }
      }
    }
  }
}
`

const clearance = `# Customs at clearance: the tax credit grade, the
# parcels, and the legal representative in full.
query Clearance($uscc: USCC!) {
  enterprise(uscc: $uscc) {
    name
    tax { creditGrade listedGradeA }
    market {
      legalRepresentative { name idNumber }
      seriousViolations { listedOn reason }
    }
    postal {
      shipments(first: 5) {
        nodes {
          trackingNumber
          acceptedAt
          deliveredAt
          events { at place text }
        }
      }
    }
  }
}
`

const authenticity = `# A bank checks that real trade is behind a payment;
# only for enterprises that its mandate names.
query Authenticity($uscc: USCC!) {
  enterprise(uscc: $uscc) {
    name
    fx { class }
    customs {
      declarations(first: 10) {
        nodes {
          number
          status { code zh }
          value { amount currency }
        }
      }
    }
  }
}
`

const statistics = `# Commerce: totals, without a single declaration.
query Statistics($usccs: [USCC!]!) {
  enterprises(usccs: $usccs) {
    uscc
    name
    commerce { filing { zone status } }
    customs {
      totals(year: 2026) {
        exportCount
        exportValue { amount currency }
      }
    }
    fx { receipts(year: 2026) { amount currency } }
    postal { monthlyVolumes { month parcels express } }
  }
}
`

const search = `# The public portal: what is open to anyone.
query Search {
  searchEnterprises(
    name: "示例"
    division: "3501"
    first: 5
  ) {
    totalCount
    nodes {
      uscc
      name
      status
      customs { creditGrade }
      tax { listedGradeA }
    }
    pageInfo { hasNextPage endCursor }
  }
}
`

const whoAmI = `# Who the hub thinks is asking, and how the
# departments are.
query WhoAmI {
  me {
    department
    subject
    purposes
    purpose
    divisions
    policyVersion
  }
  departments {
    id
    nameZh
    contractVersion
    health
    latencyMs
  }
}
`

/** The menu, for the codes of some enterprises; the first of them is used where one is enough. */
export function samples(usccs: readonly string[]): Sample[] {
  const [uscc] = usccs
  const one = { uscc }
  const some = (count: number) => ({ usccs: usccs.slice(0, count) })
  return [
    {
      name: 'One enterprise, six departments 企业统一视图',
      viewer: 'customs',
      purpose: 'clearance',
      query: oneView,
      variables: one,
    },
    { name: 'Clearance 通关', viewer: 'customs', purpose: 'clearance', query: clearance, variables: one },
    {
      name: 'Refund review 退税审核',
      viewer: 'tax',
      purpose: 'refund-review',
      query: refundReview,
      variables: some(3),
    },
    {
      name: 'Authenticity review 真实性审核',
      viewer: 'bank',
      purpose: 'authenticity-review',
      query: authenticity,
      variables: one,
    },
    { name: 'Statistics 统计', viewer: 'commerce', purpose: 'statistics', query: statistics, variables: some(10) },
    { name: 'Public search 公众查询', viewer: 'portal', purpose: '', query: search, variables: {} },
    { name: 'Who am I 当前身份', viewer: 'fx', purpose: '', query: whoAmI, variables: {} },
  ]
}
