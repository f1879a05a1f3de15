"""What agents and customers say: phrases by weight, in Chinese, Cantonese, English, Japanese and Korean.

A weight is about the natural logarithm of how much more often the agent says it than the customer (positive), or the
customer than the agent (negative); it was set by hand, see docs/roles.md. Phrases are written for matching: simplified
characters, lower case; spaces and punctuation do not matter.
"""

from __future__ import annotations

from typing import NamedTuple


class Cue(NamedTuple):
    """Phrases that say the same of who speaks; several of them count once."""

    name: str
    weight: float
    phrases: tuple[str, ...]


def _cue(name: str, weight: float, phrases: str) -> Cue:
    return Cue(
        name, weight, tuple(phrase for line in phrases.splitlines() for phrase in line.strip().split("|") if phrase)
    )


AGENT = (
    _cue("offers service", 3.0, """
        为您服务|有什么可以帮您|有什么可以帮到您|有什么可以帮助您|有什么能帮您|请问有什么需要|需要办理什么业务
        有咩可以帮到你|有乜嘢可以帮到你|有咩帮到你|有咩帮到您|有什么可以帮到你
        how may i help you|how can i help you|how may i assist you|how can i assist you|what can i do for you today
        ご用件をお伺い|ご用件を承り|どのようなご用件|いかがなさいましたか
        무엇을 도와드릴까요|어떤 도움이 필요하신가요|도와드리겠습니다"""),
    _cue("names the company", 2.5, """
        欢迎致电|感谢您的来电|感谢您致电|感谢来电|客户服务中心|这里是客服|客服中心|很高兴接听您的电话|客服代表|工号
        多谢你嘅来电|多谢致电|欢迎打嚟|客户服务热线
        thank you for calling|thanks for calling|welcome to customer service|customer service, my name is
        お電話ありがとうございます|カスタマーセンター|コールセンター|担当の|でございます
        고객센터|상담원|상담사|전화 주셔서 감사합니다"""),
    _cue("offers more help", 3.0, """
        还有其他可以帮|还有什么可以帮|还有其他需要|还有什么需要|还需要其他帮助|其他问题需要咨询
        仲有冇其他可以帮到|仲有咩可以帮到|仲有冇其他嘢
        anything else i can help|anything else i can do for you|anything else i can assist
        他にご質問|他に何かございます|ほかにご不明な点
        다른 문의 사항|더 필요하신|더 궁금하신"""),
    _cue("asks for patience", 2.0, """
        您稍等|请稍等|请您稍等|稍等一下我|让您久等|感谢您的耐心等待|请不要挂电话|请您不要挂|请您不要挂电话
        请你等一阵|请等一等|多谢你嘅耐心|唔好意思要你等
        hold on a moment|please hold|bear with me|thank you for your patience|thank you for holding|one moment please
        少々お待ち|お待たせ
        잠시만 기다려|기다려 주셔서"""),
    _cue("looks it up", 2.0, """
        我帮您|帮您查|为您查|为您处理|为您办理|为您登记|为您转接|帮您转接|帮您办理|这边帮您|我查到了您|马上为您
        我帮你查|我帮你登记|帮你转接|等我帮你睇
        let me check that|let me look that up|let me pull up|i will transfer you|i will check that for you
        i have updated your|let me transfer you
        確認いたします|お調べ|お繋ぎ|手配いたします|確認させていただ
        확인해 드리|처리하겠습니다|연결해 드리|처리해 드리"""),
    _cue("asks who it is", 2.0, """
        请问您贵姓|您贵姓|请您提供|麻烦您提供|请提供一下|请您报一下|麻烦您报一下|核实一下您|核对一下您|请问您的姓名|请问怎么称呼您|请问您是
        请问点称呼|请你提供|核对返你嘅
        may i have your|could you please provide|can i have your account|can i get your|could i have your|verify your
        お名前を教えて|お名前をお願い|お名前をいただ|ご本人様確認|お客様番号
        성함을|성함이 어떻게|본인 확인|고객님"""),
    _cue("apologises for the company", 2.0, """
        给您带来不便|给您添麻烦|非常抱歉给您|您的问题我们已经|我们会尽快|我们已经记录|请您放心|这是我们应该做的
        令你带来不便|我哋会尽快|我哋已经
        sorry for the inconvenience|apologize for the inconvenience|apologise for the inconvenience|we apologize
        申し訳ございません|ご迷惑をお
        불편을 드려|죄송합니다 고객"""),
    _cue("tells of your matter", 1.0, """
        您的订单|您的快递|您的账单|您的退款|您的申请|您的账户|您的套餐|到账|工作日内
        your refund will|your order was|your order has been|your account has been|you will receive
        お届け|お客様の
        도착할 예정|접수되었"""),
    _cue("closes", 2.5, """
        祝您生活愉快|祝您愉快|感谢您的支持|对我的服务进行评价|请对本次服务|满意度评价
        祝你有愉快嘅一日|祝你生活愉快
        have a nice day|have a great day|have a wonderful day
        失礼いたします|またのお電話
        좋은 하루 되세요|즐거운 하루"""),
    _cue("says the call is recorded", 1.5, """
        通话将会被录音|通话会被录音|通话可能被录音|电话会被录音
        call is being recorded|call may be recorded|calls are recorded
        録音させて|録音しております
        녹음됩니다|녹음되고"""),
    _cue("offers a product", 1.5, """
        给您推荐|为您推荐|我们现在有个活动|我们公司现在|我这边是
        calling from|i am calling to offer|on behalf of
        ご案内の|ご紹介
        안내해 드리"""),
)  # fmt: skip
CUSTOMER = (
    _cue("complains", -3.0, """
        我要投诉|我要举报|投诉你们|举报你们|告你们|叫你们领导|找你们领导|你们领导|你们经理|你们公司就是|找律师|你们的服务太|你们这个服务
        投诉你哋|你哋经理|你哋呃人|你哋嘅服务好差
        make a complaint|file a complaint|speak to your manager|talk to your manager|speak to a supervisor
        this is not acceptable|this is unacceptable|this is ridiculous|my lawyer
        苦情を|責任者を出|責任者に代わ|ひどいです
        불만을|책임자를|책임자 바꿔|화가 나"""),
    _cue("wants something", -2.0, """
        我想查|我想问|我想咨询|我想改|我想办|我想退|我想取消|我要退款|我要退货|我要取消|我想换|我要查|我想了解|我要办
        我想查下|我想问下|我想搵|我想改|我要退款
        i would like to|i'd like to|i want a refund|i want to cancel|i want to|i have a question about
        i am calling about|i need help with|i need to
        したいです|したいんです|聞きたい|返金してください|お願いしたいの
        하고 싶어요|하고 싶습니다|환불해|문의하려고"""),
    _cue("tells of one's own matter", -1.5, """
        我的账单|我的快递|我的信用卡|我的订单|我的手机|我的账户|我的退款|我的钱|我没有收到|我还没收到|我收到的|扣了我的钱|我的卡|我这个订单|我买的
        我张订单|我张卡|仲未收到|我嘅订单
        my order|my card|my account|my bill|my phone|my internet|my refund|my package|i was charged
        i have not received|i haven't received
        まだ届いて|届いていません|私の注文
        아직 도착하지|제 주문|받지 못했"""),
    _cue("has waited", -2.0, """
        我等了|等了很久|等了三个|不想等了|怎么又要等|多久才能|还没有解决|打了好几次|最后一次打电话|到现在还没
        我等咗|等咗好耐|等咗三个
        i have been waiting|i've been waiting|nobody helps me|i already called|i called before
        も待って|待っています
        기다렸어요|기다렸는데"""),
    _cue("speaks of you, the company", -1.5, """
        你们什么时候|你们的产品|你们的客服|你们怎么|你们为什么|你们公司|你们那边|你们这个|你们就是
        你哋嘅|你哋点解|点解仲
        your company|your service is|your product|you people|your website
        御社|そちらの
        거기서|그쪽에서"""),
    _cue("thanks for help", -1.5, """
        麻烦你了|麻烦您了|谢谢你|好的谢谢|太好了|非常感谢|你的服务态度|祝你工作顺利
        真系好多谢你|唔该晒|多谢晒
        you have been very helpful|that is great|thank you so much|thanks for your help
        とても助かり|助かりました
        정말 감사합니다|도움이 됐"""),
    _cue("answers or calls out", -1.0, """
        我姓|我叫|我是客户|我知道了
        我系客
        my name's|this is he|this is she|who is this
        もしもし
        여보세요"""),
)  # fmt: skip
CUES = (*AGENT, *CUSTOMER)
