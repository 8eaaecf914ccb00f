const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character]!);

const BODY =
  "margin:0;padding:24px 12px;background:#f4f4f5;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;color:#18181b";
const CARD = "max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px";
const BUTTON =
  "display:inline-block;padding:10px 20px;background:#18181b;color:#ffffff;text-decoration:none;border-radius:6px";

type Shown = {
  title: string;
  body?: string | undefined;
  image?: string | undefined;
  url?: string | undefined;
};

/** A plain mail for content that brings no HTML of its own: one card, inline styles, nothing fetched but the image. */
export function plainHtml({ title, body, image, url }: Shown): string {
  const parts = [
    title && `<h1 style="margin:0 0 12px;font-size:20px;line-height:1.3">${escaped(title)}</h1>`,
    image && `<p style="margin:0 0 12px"><img src="${escaped(image)}" alt="" style="max-width:100%"></p>`,
    body && `<p style="margin:0 0 16px">${escaped(body).replace(/\r\n|\n/g, "<br>\r\n")}</p>`,
    // The host is what people should see before they click, in every language.
    url && `<p style="margin:0"><a href="${escaped(url)}" style="${BUTTON}">${escaped(hostOf(url))}</a></p>`,
  ];
  return [
    "<!DOCTYPE html>",
    '<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escaped(title)}</title></head>`,
    `<body style="${BODY}"><div style="${CARD}">`,
    ...parts.filter((part) => part !== undefined && part !== ""),
    "</div></body></html>",
  ].join("\r\n");
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
