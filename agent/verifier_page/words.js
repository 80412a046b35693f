// Every word that the page shows, in English and Chinese; {0}, {1} are details of the case, sanitised before they are
// shown. A code without words is a fault of ours and shows itself as its code.

const WORDS = {
  title: ["Prooflight verifier", "Prooflight 验收凭证核验"],
  lead: [
    "Checks the signed evidence of a line acceptance on this device. Nothing is sent anywhere.",
    "在本机核验线路验收的签名凭证，不向任何地方发送数据。",
  ],
  language: ["中文", "English"],
  drop: ["Drop a bundle.json here, or choose it", "将 bundle.json 拖到此处，或点击选择"],
  drop_more: [
    "also: the trust file, an openings file, the text of a compact verdict",
    "也可放入：信任文件、披露文件、简要结论文本",
  ],
  paste: ["Paste text instead", "改为粘贴文本"],
  paste_field: ["Bundle, trust file or compact verdict as text", "凭证、信任文件或简要结论的文本"],
  check: ["Check", "核验"],
  clear: ["Start again", "重新开始"],
  print: ["Print", "打印"],
  keys_built_in: ["Believes the {0} keys that were built into this page", "只信任本页内置的 {0} 个密钥"],
  keys_given: ["Believes the {0} keys of {1}", "信任 {1} 中的 {0} 个密钥"],
  keys_missing: [
    "No trust file yet: it says whose signatures to believe. Take it from the operator or regulator, never from whoever hands you the bundle.",
    "尚无信任文件：它说明应相信谁的签名。请从运营商或监管机构获取，切勿向提供凭证的人索取。",
  ],
  keys_fixed: ["This page believes its built-in keys only; {0} was not taken.", "本页只信任内置密钥，未采用 {0}。"],
  bundle_missing: ["Now the bundle: choose or drop bundle.json.", "请选择或拖入 bundle.json。"],
  not_read: ["{0} could not be read", "无法读取 {0}"],
  unknown_file: ["{0} is neither a bundle nor a trust file nor a verdict", "{0} 不是凭证、信任文件或简要结论"],
  no_crypto: [
    "This browser offers no cryptography to this page: nothing can be checked. Use a newer browser.",
    "此浏览器未向本页提供加密功能，无法核验。请使用较新的浏览器。",
  ],
  own_fault: ["The verifier itself failed ({0}): nothing is proven.", "核验程序自身出错（{0}）：未证明任何内容。"],
  pasted: ["the pasted text", "粘贴的文本"],

  banner_valid: ["Genuine", "凭证真实"],
  banner_failed: ["Not valid", "凭证无效"],
  banner_open: ["Not proven", "未能证实"],
  banner_valid_more: [
    "Every check that is needed came out OK: signed by pinned keys, complete, untouched.",
    "所有必要核验均通过：由受信密钥签名、完整、未被改动。",
  ],
  compact_valid_more: [
    "Signed by the back office and untouched. What it rests on stands in the bundle.",
    "由后台签名，未被改动。其依据见完整凭证。",
  ],
  field_technician: ["technician", "装维人员"],
  field_circuit: ["circuit", "电路编号"],
  field_ont_serial: ["ONT serial", "光猫序列号"],
  field_ont_mac: ["ONT MAC address", "光猫 MAC 地址"],
  field_cable_label: ["label of the drop cable", "皮线标签"],
  banner_failed_more: ["Do not rely on it. {0} of {1} checks failed; the first: {2}.", "请勿采信。{1} 项核验中 {0} 项不通过，首项：{2}。"],
  banner_open_more: ["Something needed could not be checked: {0}. Do not rely on it yet.", "有必要项未能核验：{0}。暂勿采信。"],
  outcome_accepted: ["Line accepted", "线路合格"],
  outcome_rejected: ["Line rejected", "线路不合格"],
  outcome_inconclusive: ["Line neither proven good nor bad", "线路未能判定"],
  outcome_none: ["No verdict on the line", "无线路判定"],
  by_criteria: ["judged again here from the signed measurements", "由已签名的测量值在本页重新判定"],
  unproven_figures: [
    "The evidence is not valid: what follows is only what it states.",
    "凭证未通过核验：以下内容仅为其自述。",
  ],
  caution_unanchored: [
    "Nobody signed the order: only the station states what was ordered.",
    "工单未经签名：订购内容仅由测试站自述。",
  ],
  caution_unwitnessed: ["No reflector signed the speed test: only the station counted.", "测速无反射端回执：仅由测试站自行计数。"],
  caution_unconfirmed: ["The back office has not confirmed this result.", "后台尚未确认此结果。"],
  caution_decision: ["The back office decided: {0}.", "后台决定：{0}。"],
  caution_opened: ["Personal data was opened; look at it only as long as needed.", "已披露个人信息，请仅在必要时查看。"],

  facts: ["What it says", "凭证内容"],
  fact_order: ["Work order", "工单"],
  fact_down: ["Download", "下行"],
  fact_up: ["Upload", "上行"],
  fact_issued: ["Order signed", "工单签发"],
  fact_seen: ["Speed test seen by reflector", "反射端所见测速"],
  fact_confirmed: ["Confirmed", "后台确认"],
  fact_reviewed: ["Decided by a person", "人工决定"],
  fact_tested: ["Tested, by the station's own clock", "测试时间（测试站自身时钟）"],
  fact_attempts: ["Attempts", "测试次数"],
  fact_signers: ["Signed by", "签名方"],
  fact_decision: ["Decision", "后台决定"],
  fact_criteria: ["Criteria", "判定标准"],
  figure_share: ["{0} % of the {1} Mbit/s ordered", "为订购 {1} Mbit/s 的 {0}%"],
  figure_ordered: ["{0} Mbit/s ordered", "订购 {0} Mbit/s"],
  attempt_count: ["{0} of {1} that the order allows", "{0}（工单允许 {1} 次）"],
  role_order: ["ticket service", "工单系统"],
  role_reflector: ["reflector", "反射端"],
  role_station: ["station", "测试站"],
  role_acceptor: ["back office", "后台"],
  role_opening: ["opening", "个人信息解密"],
  role_support: ["support", "支持人员"],
  role_reviewer: ["reviewer", "复核人员"],
  role_criteria: ["criteria", "判定标准"],
  no_figure: ["no figure", "无数值"],
  decision_recorded: ["recorded", "已记录"],
  decision_closed: ["work order closed", "工单已竣工"],
  decision_rejected: ["rejected", "已驳回"],
  decision_review: ["a person must look", "需人工复核"],
  decision_refused: ["refused", "已拒绝"],

  findings: ["The line, limit by limit", "线路逐项判定"],
  finding: ["What", "项目"],
  measured: ["Measured", "测得"],
  demanded: ["Demanded", "要求"],
  result: ["Result", "结果"],
  advisory: ["Advisory limits, which do not decide: {0}", "参考限值（不影响判定）：{0} 项"],
  not_measured: ["not measured", "未测量"],
  not_known: ["not known: {0}", "未知：{0}"],
  dark: ["no light", "无光"],
  the_ordered: ["the ordered one", "与工单一致"],
  another: ["another one", "与工单不一致"],
  demand_equals: ["{0}", "{0}"],
  demand_ordered: ["{0}, as ordered", "{0}（按工单）"],
  demand_between: ["{0} to {1} {2}", "{0} 至 {1} {2}"],
  demand_least: ["at least {0} {1}", "不低于 {0} {1}"],
  demand_more: ["more than {0} {1}", "高于 {0} {1}"],
  demand_most: ["at most {0} {1}", "不高于 {0} {1}"],
  floor_share: ["{0} % of {1} Mbit/s ordered", "订购 {1} Mbit/s 的 {0}%"],
  floor_kB_per_Mbit: [
    "{0} kB/s (kB = 1000 B) for each Mbit/s of {1} Mbit/s ordered",
    "订购 {1} Mbit/s，每 Mbit/s 对应 {0} kB/s（kB = 1000 字节）",
  ],
  floor_KiB_per_Mbit: [
    "{0} KiB/s (KiB = 1024 B) for each Mbit/s of {1} Mbit/s ordered",
    "订购 {1} Mbit/s，每 Mbit/s 对应 {0} KiB/s（KiB = 1024 字节）",
  ],
  status_pass: ["pass", "合格"],
  status_marginal: ["marginal", "临界"],
  status_fail: ["fail", "不合格"],
  status_unknown: ["unknown", "未知"],

  checks: ["Checks", "核验项目"],
  status_ok: ["OK", "通过"],
  status_failed: ["FAILED", "不通过"],
  status_not_checked: ["NOT CHECKED", "未核验"],
  not_needed: ["not needed for validity", "不影响有效性"],
  foot: [
    "prooflight {0}. A print or a picture of this page proves nothing: whoever doubts it opens the bundle again.",
    "prooflight {0}。本页的打印件或截图不构成证明；如有疑问，请重新打开凭证核验。",
  ],
};

// The words of a code in a language: 0 English, 1 Chinese.
function say(language, code, ...details) {
  const form = (WORDS[code] ?? CHECK_WORDS[code])?.[language] ?? `${code} {0} {1} {2}`;
  const shown = (detail) => (language && DETAILS_ZH[detail]) || shownDetail(detail);
  return form.replace(/\{(\d)\}/g, (_, place) => shown(details[Number(place)]));
}

// Words of the forms that people read.
const DETAILS_ZH = Object.assign(Object.create(null), {
  accepted: "合格",
  rejected: "不合格",
  inconclusive: "未能判定",
  closed: "已竣工",
  review: "需人工复核",
  recorded: "已记录",
  down: "下行",
  up: "上行",
});

function shownDetail(detail) {
  return detail === undefined || detail === null ? "" : sanitised(String(detail), 300);
}
