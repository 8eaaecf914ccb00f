/** A phone number in E.164: a plus and 7 to 15 digits. */
export const E164 = /^\+[1-9]\d{6,14}$/;
