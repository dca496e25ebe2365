//! Closed lists that belong to the answers of a flow rather than to the model.

use crate::model::closed::closed_list;

closed_list! {
    FlowGroup ["归并方式", "Grouping"]
        ["数额图中的实体按什么归并。", "How the entities of a Sankey diagram are grouped."]
    {
        Kind "KIND" ["按类别", "By kind"] ["按实体类别。", "By kind of entity."],
        Region "REGION" ["按地区", "By region"]
            ["按所在地区；有多个时取编号最小者。",
            "By the region in which they lie; of several, the first by id."],
    }
}

closed_list! {
    SankeyGroup ["数额图中的归并项", "Sankey group"]
        ["数额图中不是单个实体的节点。", "Node of a Sankey diagram that is not one entity."]
    {
        Outside "OUTSIDE" ["其他去向", "elsewhere"] ["不通往去向一方的资源。", "Everything that does not lead to the targets."],
        RegionUnknown "region:" ["地区未知", "region not known"] ["没有记录所在地区的实体。", "Entities without a recorded region."],
    }
}

closed_list! {
    QuestionnaireColumn ["问卷的列", "Questionnaire column"]
        ["问卷（CSV）的列。", "Column of a questionnaire in CSV."]
    {
        Number "NO" ["序号", "no"] ["问题的序号。", "Number of the question."],
        Question "QUESTION" ["问题", "question"] ["要问的问题。", "Question to ask."],
        Ask "ASK" ["问谁", "ask"] ["应当回答的各方。", "Parties to ask."],
        Why "NOT_KNOWN_NOW" ["现在不知道的", "not known now"] ["目前缺失的事实。", "Fact that is currently missing."],
        Narrows "NARROWS" ["最多能把总量的区间缩小", "would narrow the total by at most"]
            ["知道答案后，总量的区间最多能缩小多少。",
            "Maximum by which the answer narrows the interval of the total."],
        Unit "UNIT" ["单位", "unit"] ["数额的单位。", "Unit of the amounts."],
        Answer "ANSWER" ["答复", "answer"] ["留给答复者填写。", "Empty column for the answer."],
        Relation "RELATION" ["关系", "relation"] ["所涉关系或实体的编号。", "Id of the relation or entity."],
    }
}
