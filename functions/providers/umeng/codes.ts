type Texts = { en: string; zh: string };

/** The codes from one to another. */
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, n) => from + n);

/** Umeng has one code for each part of a message that may be missing or wrong. */
export const PAYLOAD_CODES: readonly number[] = [
  ...range(1000, 1028).filter((code) => code !== 1018),
  ...[2002, 2003, 2022, 2025, 2029, 2031, 2052, 2053, 5002],
  ...range(2008, 2018),
  ...range(2039, 2049),
];

const each = (codes: readonly number[], texts: Texts): Record<string, Texts> =>
  Object.fromEntries(codes.map((code) => [code, texts]));

/** What Umeng's codes mean, one sentence each. */
export const UMENG_CODES: Record<string, Texts> = {
  ...each(PAYLOAD_CODES, { en: "A part of the message is missing or wrong.", zh: "消息参数缺失或错误。" }),
  ...each([1018, 2000, 2007, 2021, 2032, 2033, 2034, 2035], {
    en: "The app or its rights at Umeng are wrong: see its console.",
    zh: "友盟的应用或权限配置错误，请查看控制台。",
  }),
  ...each([5001, 5007, 5008, 5009, 5010, 6001], {
    en: "The app's certificate or account at Umeng is wrong: see its console.",
    zh: "友盟的应用证书或账号配置错误，请查看控制台。",
  }),
  ...each([2004, 2054], {
    en: "The sender's address is not on the app's white list at Umeng.",
    zh: "发送方 IP 不在友盟白名单中。",
  }),
  ...each([2028, 2036], {
    en: "The request's time is more than ten minutes from Umeng's.",
    zh: "请求时间戳已过期，与友盟相差超过十分钟。",
  }),
  ...each([2019, 2023, 6002, 6003, 6004], { en: "Umeng's server failed.", zh: "友盟服务器错误。" }),
  2027: { en: "The signature is wrong: the App Master Secret is not this app's.", zh: "签名不正确。" },
  2050: { en: "More requests than Umeng takes from this app.", zh: "请求频率超出友盟限制。" },
  sent_apart: {
    en: "Umeng refused the request because of other devices in it; this one is sent to again.",
    zh: "友盟因其他设备拒绝了整个请求，将重新发送给该设备。",
  },
  payload_too_large: { en: "The message is longer than 1,840 bytes.", zh: "消息超过 1840 字节。" },
};
