import type { MarkName } from "../ledger/mark.ts";
import type { Texts } from "./explain-recipient.ts";

const TEXTS: Record<MarkName, Texts> = {
  pending: { en: "is waiting to be sent", zh: "等待发送" },
  accepted: { en: "was accepted by the provider", zh: "服务商已接收" },
  gone: { en: "has a token that the provider no longer knows", zh: "服务商已不识别该令牌" },
  rejected: { en: "was rejected by the provider", zh: "被服务商拒绝" },
  retry: { en: "failed for the moment and is tried again", zh: "暂时失败，将会重试" },
  throttled: { en: "was slowed down by the provider and is tried again", zh: "被服务商限流，将会重试" },
  misconfigured: {
    en: "was refused because the app's credentials do not fit",
    zh: "应用的凭证不符，被服务商拒绝",
  },
  suppressed: { en: "was left out just before sending", zh: "在发送前被跳过" },
  unknown: { en: "was sent, but the provider's answer was lost", zh: "已发送，但未收到服务商的答复" },
  expired: { en: "was not sent before its time to live was over", zh: "在有效期内未能发送" },
  failed: { en: "failed at every attempt", zh: "多次尝试均失败" },
  cancelled: { en: "was not sent because the notification was cancelled", zh: "通知已取消，未发送" },
  poison: { en: "was given up after its job crashed five times", zh: "任务多次崩溃后放弃" },
  doubtful: { en: "is sent again because the provider's answer was lost", zh: "未收到服务商答复，将会重发" },
};

/** An outcome in words, after "the iPhone". */
export const markTexts = (mark: MarkName): Texts => TEXTS[mark];
