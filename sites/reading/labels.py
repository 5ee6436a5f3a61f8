"""The labels of catalogue blocks and date lines, as data (portals.md §3 and what pages of its families print)."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """Words of a table written as running text."""
    return tuple(text.split())


#: Field → its labels. Fields are the archive's names; `source`, `issued_on` and `updated_at` are weaker
#: words for issuer and publication that `catalogue.claims_of` resolves.
LABELS: dict[str, tuple[str, ...]] = {
    "index_number": words("索引号 信息索引号 索引码 信息索引 索取号"),
    "unified_number": words("统一编号 登记号 统一登记号 规范性文件统一编号 规范性文件编号"),
    "issuer": words(
        """
        发布机构 发布单位 发布部门 发布机关 公开单位 公开机构 公开主体 发文机关 发文单位 发文机构 发文部门
        制发机关 制发机构 制发单位 印发机关 责任部门 公开责任部门 信息公开责任部门 文件制定机关 制定机关
        信息提供单位 信息提供部门 供稿单位 发布者
        """
    ),
    "source": words("信息来源 来源 文章来源 稿件来源 内容来源 来源单位 转载来源 来源部门 消息来源"),
    "document_number": words("文号 发文字号 发文文号 发布文号 文件编号 文件字号 发文号 文件号 公文编号 文号名称"),
    "title": words("名称 标题 信息名称 文件名称 信息标题 公文标题 文件标题"),
    "disclosure_mode": words("公开方式 公开形式 公开类别 公开属性 公开类型"),
    "disclosure_scope": words("公开范围"),
    "disclosure_limit": words("公开时限 公开期限"),
    "dated_on": words("成文日期 成文时间 生成日期 生成时间 形成日期 形成时间 产生日期 印发日期 签发日期 制发日期"),
    "issued_on": words("发文日期 发文时间"),
    "published_at": words(
        """
        公开日期 公开时间 发布日期 发布时间 发布于 发表时间 发表日期 上网日期 上网时间 信息发布日期
        信息公开日期 信息时间 信息日期 发稿时间
        """
    ),
    "updated_at": words("更新时间 更新日期 录入时间 添加时间 编辑时间 编辑日期 时间 日期"),
    "effective_on": words("生效日期 生效时间 实施日期 施行日期 实施时间"),
    "expires_on": words("废止日期 废止时间 失效日期 失效时间 有效期至 终止日期"),
    "validity": words("有效性 时效 时效性 是否有效 效力状态 文件状态 有效状态 效力 文件时效"),
    "subject": words(
        """
        主题分类 主题导航 主题类别 分类 信息分类 信息类别 组配分类 体裁分类 服务对象 内容分类 公文种类 体裁
        文种 主题 服务对象分类 所属主题 栏目分类 所属栏目 行业分类 公开目录 类别 载体类型 载体分类 主题词分类
        主题分组 信息格式 语种 所属分类 信息所属 有效期 公开事项
        """
    ),
    "keywords": words("主题词 关键词 关键字"),
    "summary": words("内容概述 信息摘要 内容概要 概述 摘要 内容简介 信息概述"),
}

#: Labels that end a value and are the portal's furniture themselves.
STOPS = words(
    """
    浏览次数 浏览量 浏览数 浏览 访问次数 访问量 阅读次数 阅读量 阅读数 阅读 点击次数 点击数 点击率 点击量 点击
    人气 累计次数 字号 字体 字体大小 字体显示 字号大小 浏览字号 文字大小 大小 显示 视力保护色 保护视力色
    背景颜色 背景色 作者 撰稿 通讯员 记者 编辑 责任编辑 责编 审核 审核人 审稿 校对 初审 复审 终审 签发 录入
    录入者 编辑者 供稿 发布人 信息员 拍摄 摄影 分享到 分享至 分享 打印 收藏 文件下载 附件下载 转发 扫一扫
    二维码 投稿 查看次数 浏览人数 次数 朗读 语音播报 下载 我要纠错 打印本页 关闭窗口
    """
)

#: Words that stand in sentences and names too: a label only at the start of a word.
GENERIC = frozenset(
    words(
        """
        发布者 来源 文号 名称 标题 时间 日期 时效 效力 分类 体裁 文种 主题 类别 语种 有效期 公开事项 关键字
        概述 摘要 浏览 阅读 点击 人气 大小 显示 作者 记者 编辑 责编 审核 校对 初审 复审 终审 签发 录入 供稿
        拍摄 摄影 分享 打印 收藏 转发 扫一扫 投稿 次数 朗读 下载
        """
    )
)

#: Labels that tell a catalogue block even without a colon.
STRONG = frozenset(
    words(
        """
        索引号 信息索引号 索引码 信息索引 索取号 登记号 发布机构 发布单位 发布部门 发布机关 公开单位 公开机构
        公开主体 发文机关 发文单位 发文机构 发文部门 制发机关 制发机构 发文字号 发布文号 信息名称 文件名称
        公开方式 公开范围 公开时限 成文日期 生成日期 发文日期 公开日期 发布日期 有效性 主题分类 组配分类
        体裁分类
        """
    )
)
