/** What the invented enterprises trade in, where to, and in which money. All rates are the world's own, not a market's. */

/** An article: tariff code, name, unit (customs code), unit price in US dollars, weight in kilograms. */
export interface Article {
  readonly code: string
  readonly name: string
  readonly unit: string
  readonly dollars: number
  readonly kilograms: number
}

export const articles: readonly Article[] = [
  { code: '6109100010', name: '棉制针织T恤衫', unit: '011', dollars: 6.5, kilograms: 0.2 },
  { code: '6402992900', name: '运动鞋', unit: '011', dollars: 18, kilograms: 0.8 },
  { code: '9503008900', name: '塑料玩具', unit: '007', dollars: 4.2, kilograms: 0.3 },
  { code: '4202920000', name: '尼龙背包', unit: '007', dollars: 11, kilograms: 0.6 },
  { code: '8518300000', name: '无线耳机', unit: '007', dollars: 22, kilograms: 0.15 },
  { code: '9405420090', name: 'LED台灯', unit: '001', dollars: 13.5, kilograms: 0.9 },
  { code: '0902101000', name: '茉莉花茶', unit: '035', dollars: 35, kilograms: 1 },
  { code: '1604320000', name: '鱼子酱罐头', unit: '122', dollars: 28, kilograms: 0.25 },
  { code: '6911101900', name: '日用瓷器', unit: '011', dollars: 5.8, kilograms: 0.7 },
  { code: '9403609990', name: '竹木家具', unit: '011', dollars: 64, kilograms: 7.5 },
  { code: '3926400000', name: '塑料装饰品', unit: '007', dollars: 1.9, kilograms: 0.05 },
  { code: '7323930000', name: '不锈钢保温杯', unit: '007', dollars: 7.4, kilograms: 0.35 },
  { code: '8708999990', name: '汽车用零件', unit: '011', dollars: 42, kilograms: 3.2 },
  { code: '3304990039', name: '护肤面膜', unit: '140', dollars: 9.9, kilograms: 0.3 },
  { code: '2204210000', name: '葡萄酒', unit: '142', dollars: 12, kilograms: 1.3 },
]

/** A country with customs' number (JGS-20), ISO alpha-3, and the money in which trade with it is declared. */
export interface Country {
  readonly number: string
  readonly alpha3: string
  readonly currency: Currency
}

/** A currency with customs' number, ISO code, and its price in fen (hundredths of a yuan) at the world's fixed rate. */
export interface Currency {
  readonly number: string
  readonly iso: string
  readonly fen: number
}

const dollar: Currency = { number: '502', iso: 'USD', fen: 710 }
const euro: Currency = { number: '300', iso: 'EUR', fen: 780 }
const hongKongDollar: Currency = { number: '110', iso: 'HKD', fen: 91 }
const pound: Currency = { number: '303', iso: 'GBP', fen: 920 }
const yuan: Currency = { number: '142', iso: 'CNY', fen: 100 }

export const currencies: readonly Currency[] = [dollar, euro, hongKongDollar, pound, yuan]

export const countries: readonly Country[] = [
  { number: '502', alpha3: 'USA', currency: dollar },
  { number: '304', alpha3: 'DEU', currency: euro },
  { number: '305', alpha3: 'FRA', currency: euro },
  { number: '303', alpha3: 'GBR', currency: pound },
  { number: '116', alpha3: 'JPN', currency: dollar },
  { number: '110', alpha3: 'HKG', currency: hongKongDollar },
  { number: '601', alpha3: 'AUS', currency: dollar },
  { number: '132', alpha3: 'SGP', currency: yuan },
  { number: '122', alpha3: 'MYS', currency: yuan },
  { number: '344', alpha3: 'RUS', currency: yuan },
  { number: '429', alpha3: 'MEX', currency: dollar },
  { number: '133', alpha3: 'KOR', currency: dollar },
]

export const currencyByNumber: ReadonlyMap<string, Currency> = new Map(currencies.map((c) => [c.number, c]))

/** Hundredths as the decimal text that departments send, e.g. `1234` → `12.34`. Sums are kept in whole hundredths. */
export const decimal = (hundredths: number): string => {
  const whole = Math.abs(hundredths)
  return `${hundredths < 0 ? '-' : ''}${Math.floor(whole / 100)}.${String(whole % 100).padStart(2, '0')}`
}

/** The other way: decimal text as whole hundredths. */
export const hundredths = (text: string): number => Math.round(Number(text) * 100)

/** An amount of a currency (in hundredths) in fen of yuan, rounded to the fen. */
export const inFen = (amount: number, currency: Currency): number => Math.round((amount * currency.fen) / 100)

/** Fen of yuan in US cents, rounded to the cent. */
export const inCents = (fen: number): number => Math.round((fen * 100) / dollar.fen)
