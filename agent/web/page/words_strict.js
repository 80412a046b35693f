// What the station refuses an order, a fact or a picture with, in Chinese: its messages are English sentences of ours with
// names and numbers in them. What no row knows stays as it came.

const SENTENCES = [
  [/^the order is larger than 1 MiB; .+$/, "工单超过 1 MiB，请去掉附件后重发"],
  [/^(.+); an order is one JSON object in UTF-8$/, "不是有效的工单文件（{0}）"],
  [/^signed order: (.+)$/, "工单的签名或内容未通过核对（{0}）"],
  [/^criteria and resource\.pon_class: (.+)$/, "工单的判定标准或 PON 等级无效（{0}）"],
  [/^photograph: is larger than (\d+) MiB; .+$/, "照片超过 {0} MiB，请降低分辨率重拍"],
  [/^photograph: is no photograph; .+$/, "不是照片，请使用 JPEG、PNG 或 WebP"],
  [/^the visit of attempt (.+) is closed already, sha256 .+$/, "第 {0} 次测试的上门已经归档"],
  [/^at: (.+) lies in the future$/, "时间 {0} 晚于现在"],
  [/^(\d+) facts are noted for this order already; close the visit$/, "本工单已记录 {0} 项，请先归档"],
  [/^(\d+) escalations, changes and visit notes are noted already; close the visit$/, "支援、改约和上门记录已有 {0} 条，请先归档"],
  [/^there is no result that the customer could be told; .+$/, "还没有可告知用户的结果，请先测试"],
  [/^nobody was called in; there is nothing to resume$/, "没有请求过支援"],
  [/^order (.+): its last attempt came to no result; .+$/, "工单 {0} 最近一次测试没有结果，请先测试"],
  [/^criteria (.+) are not those that the test was judged by; test once more$/, "判定标准 {0} 与测试时不同，请重新测试"],
];
const DEMANDS = [
  [/^must be text and not empty$/, "须为文字，不能为空"],
  [/^must be text$/, "须为文字"],
  [/^must be at most (\d+) characters of plain text in one line$/, "须为一行文字，最多 {0} 个字符"],
  [/^must be one of (.+)$/, "须为下列之一：{0}"],
  [/^must be a number of Mbit\/s$/, "须为 Mbit/s 数值"],
  [/^must be greater than 0$/, "须大于 0"],
  [/^must be at most (\d+) Mbit\/s$/, "不得超过 {0} Mbit/s"],
  [/^must be a whole number from (.+) to (.+)$/, "须为 {0} 至 {1} 的整数"],
  [/^must be a time like (.+)$/, "须为时间，例如 {0}"],
  [/^must name its offset from UTC, like (.+)$/, "须注明与 UTC 的时差，例如 {0}"],
  [/^must be an object$/, "须为对象"],
  [/^must be a list$/, "须为列表"],
  [/^must have (?:at least )?(\d+) entr(?:y|ies)$/, "至少须有 {0} 项"],
  [/^must be at most (\d+)$/, "最多 {0}"],
  [/^must be letters, digits, .+$/, "只能含字母、数字和规定的符号"],
  [/^must be an IPv4 multicast address from (.+) to (.+)$/, "须为 {0} 至 {1} 的 IPv4 组播地址"],
  [/^must be an IPv4 address, and needs igmp_version 3$/, "须为 IPv4 地址，并需 igmp_version 3"],
  [/^must be at most two VLANs, the outer one first$/, "最多两个 VLAN，外层在前"],
  [/^must be a VLAN from (\d+) to (\d+)$/, "须为 {0} 至 {1} 的 VLAN"],
  [/^must be later than (.+)$/, "须晚于 {0}"],
  [/^is missing, and a PPPoE line needs one$/, "缺失，PPPoE 线路必须填写"],
  [/^is missing(?:, and .+)?$/, "缺失"],
  [/^(.+) is ordered twice$/, "{0} 重复"],
  [/^is not in the one form of (.+)$/, "不是 {0} 的规定格式"],
  [/^is not a field of (.+)$/, "不是 {0} 的字段"],
  [/^is not a field (.+)$/, "不是此处的字段"],
  [/^must be (\d+); this software reads no other version$/, "必须为 {0}：本软件不识别其他版本"],
];

function inChinese(list, text) {
  for (const [pattern, told] of list) {
    const found = pattern.exec(text);
    if (found) return told.replace(/\{(\d)\}/g, (_, place) => found[Number(place) + 1]);
  }
  return null;
}

function strictWords(text) {
  if (STATE.language === 0) return text;
  const whole = inChinese(SENTENCES, text);
  if (whole !== null) return whole;
  const [, name, demand] = /^([^:\s]+|the document): (.+)$/.exec(text) ?? [];
  const told = demand === undefined ? null : inChinese(DEMANDS, demand);
  return told === null ? text : `${name === "the document" ? "文件" : name}：${told}`;
}
