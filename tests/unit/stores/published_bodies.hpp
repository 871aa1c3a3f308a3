#pragma once

#include <string_view>

/// The synthetic bodies of providers.md 1.3, 1.11 and 3.2, byte for byte, with the signatures computed there.
namespace shopbell::test {

inline constexpr std::string_view sample_j =
    R"js({"order":{"id":5001,"created_at":"2024-02-03 04:05:06 UTC","status":"Pagado","status_enum":")js"
    R"js(paid","currency":"CLP","subtotal":25000,"tax":0.0,"shipping_tax":0,"shipping":3990.0,"shippi)js"
    R"js(ng_required":true,"total":27990.0,"discount":1000,"shipping_discount":0,"fulfillment_status")js"
    R"js(:null,"shipping_method_name":"Courier","payment_method_name":"Test Pay","payment_method_type)js"
    R"js(":"testpay","payment_notification_id":"N-77","coupons":"HOLA","promotions":[],"customer":{"i)js"
    R"js(d":"201","email":"buyer@example.com","phone":"+56 2 0000 0000","ip":"192.0.2.7"},"shipping_a)js"
    R"js(ddress":{"name":"Ana","surname":"Peña","address":"Calle Uno","city":"Santiago","postal":"83)js"
    R"js(20000","region":"Metropolitana","country":"Chile","country_code":"CL","region_code":"12","st)js"
    R"js(reet_number":42,"complement":"Depto 5","latitude":-33.45,"longitude":-70.66},"billing_addres)js"
    R"js(s":null,"products":[{"id":1001,"variant_id":null,"sku":"TEE-1","name":"Camiseta","qty":2,"pr)js"
    R"js(ice":12500,"tax":0,"discount":1000.0,"weight":0.3,"files":[],"taxes":[]}],"additional_fields)js"
    R"js(":[{"label":"Gift","value":"No","id":7,"area":"billing"}],"tracking_url":null,"tracking_comp)js"
    R"js(any":null,"tracking_number":null,"shipping_option":"delivery","shipment_status":"No procesad)js"
    R"js(o","shipment_status_enum":"unfulfilled"}})js";

inline constexpr std::string_view sample_u0 =
    R"js({"type":"event","event_triggered":"2021-04-07 15:14:26","event_type":"transaction.sale.succe)js"
    R"js(ss","event_body":{"merchant":{"merch_key":"7qwnw4j2kmqvrb3"},"object":{"type":"transaction",)js"
    R"js("key":"1nftvzx7xtcggm3","amount_detail":{"amount":"5.00"},"authcode":"538228"}},"event_id":")js"
    R"js(c088bc2884a2c3b4043991b04d96ceda7c65043778233dedb26bfd5853705dfd"})js";

inline constexpr std::string_view sample_u1 =
    R"js({"type":"event","event_triggered":"2024-01-02 03:04:05","event_type":"ach.returned","event_b)js"
    R"js(ody":{"merchant":{"merch_key":"mk1"},"object":{"type":"transaction","key":"k1","refnum":"42")js"
    R"js(,"orderid":"","check":{"trackingcode":"T1"},"uri":"transactions/k1"},"changes":{"old":{"stat)js"
    R"js(us":"S","returned":null,"reason":""},"new":{"status":"R","returned":"2024-01-03","reason":"R)js"
    R"js(01"}}},"event_id":"e1"})js";

inline constexpr std::string_view sample_u2 =
    R"js({"type":"event","event_triggered":"2024-01-02 03:04:05","event_type":"transaction.sale.succe)js"
    R"js(ss","event_body":{"merchant":{"merch_key":"mk1"},"object":{"type":"transaction","key":"k2",")js"
    R"js(refnum":100001,"auth_amount":"12.50","amount":"12.50","amount_detail":{"tax":"1.00","discoun)js"
    R"js(t":"0.50","subtotal":"12.00"},"authcode":"000001","result_code":"A","invoice":"INV-9","credi)js"
    R"js(tcard":{"cardholder":"Test Holder","type":"V","number":"4444xxxxxxxx1111"},"batch":{"batchre)js"
    R"js(fnum":"7","sequence":"3","type":"batch","key":"b1"},"result":"Approved"}},"event_id":"e2"})js";

}  // namespace shopbell::test
