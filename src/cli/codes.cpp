#include <shopbell/cli/codes.hpp>

#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/text_table.hpp>
#include <shopbell/commerce/code.hpp>
#include <shopbell/core/json_writer.hpp>

#include <algorithm>
#include <functional>
#include <iterator>
#include <span>
#include <utility>

namespace shopbell {

namespace {

using codes_action = codes_options::action;

/// Codes of one request: with every character escaped they still fit into what the interface takes.
constexpr std::size_t most_of_a_request = 250;
constexpr std::size_t most_bytes_of_a_request = std::size_t{24} * 1024;

result<std::vector<std::string>> read_list(std::istream& in) {
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    auto codes = read_codes(text);
    if (!codes)
        return failure{errc::io, "the standard input: " + codes.error().reason};
    if (codes->empty())
        return failure{errc::io, "there are no codes on the standard input: give one a line"};
    return codes;
}

/// How many of the codes go into one request.
std::size_t share_of(std::span<const std::string> codes) {
    std::size_t bytes = 0, count = 0;
    for (const auto& one : codes.first(std::min(codes.size(), most_of_a_request))) {
        bytes += one.size();
        if (count > 0 && bytes > most_bytes_of_a_request)
            break;
        ++count;
    }
    return count;
}

std::string body_of(std::span<const std::string> codes, const std::string& product) {
    json_writer body;
    body.begin_object();
    if (!product.empty())
        body.field("product", product);
    body.key("codes").begin_array();
    for (const auto& one : codes)
        body.string(one);
    body.end_array().end_object();
    return body.take();
}

/// Sends the codes in as many requests as it takes.
result<void> send_codes(operator_client& to, const std::string& target, const std::vector<std::string>& codes,
                        const std::string& product, const std::function<void(const json::value&)>& visit) {
    for (std::span<const std::string> left(codes); !left.empty();) {
        const auto share = share_of(left);
        const auto answer = ask_json(to, "POST", target, body_of(left.first(share), product));
        if (!answer)
            return answer.error();
        visit(answer->root());
        left = left.subspan(share);
    }
    return {};
}

void write_number(json_writer& out, std::string_view name, std::uint64_t number) {
    out.key(name).integer(static_cast<long long>(number));
}

void print_added(const codes_options& options, std::uint64_t added, std::uint64_t known, std::uint64_t left,
                 const command_output& to) {
    if (to.json) {
        json_writer out;
        out.begin_object().field("endpoint", options.endpoint).field("product", options.product);
        write_number(out, "added", added);
        write_number(out, "known", known);
        write_number(out, "left", left);
        out.end_object();
        to.out << out.text() << '\n';
        return;
    }
    to.out << "added " << counted(added, "code") << " of product " << printable(options.product);
    if (known > 0)
        to.out << "; " << counted(known, "code was", "codes were") << " there before";
    to.out << "; " << left << " left\n";
}

/// What was done before a failure is told too: it stays done.
result<int> add(operator_client& from, const codes_options& options, std::istream& in,
                const command_output& to) {
    const auto codes = read_list(in);
    if (!codes)
        return codes.error();
    std::uint64_t added = 0, known = 0, left = 0;
    const auto target = api_path({"codes", options.endpoint, "add"});
    const auto sent = send_codes(from, target, *codes, options.product, [&](const json::value& answer) {
        added += number_of(answer, "added");
        known += number_of(answer, "known");
        left = number_of(answer, "left");
    });
    if (sent || added + known > 0)
        print_added(options, added, known, left, to);
    if (!sent)
        return sent.error();
    return exit_done;
}

/// The texts of an answer's list, added to those before.
void collect(const json::value& answer, std::string_view name, std::vector<std::string>& into) {
    const auto* const list = answer.find(name);
    if (list == nullptr)
        return;
    for (const auto& one : list->elements())
        into.emplace_back(one.text());
}

void write_list(json_writer& out, std::string_view name, const std::vector<std::string>& texts) {
    out.key(name).begin_array();
    for (const auto& one : texts)
        out.string(one);
    out.end_array();
}

struct voided {
    std::uint64_t codes = 0;
    std::vector<std::string> given, unknown;
};

void print_voided(const codes_options& options, const voided& done, const command_output& to) {
    if (to.json) {
        json_writer out;
        out.begin_object().field("endpoint", options.endpoint);
        write_number(out, "voided", done.codes);
        write_list(out, "given", done.given);
        write_list(out, "unknown", done.unknown);
        out.end_object();
        to.out << out.text() << '\n';
        return;
    }
    to.out << "voided " << counted(done.codes, "code") << '\n';
    for (const auto& one : done.given)
        to.err << "shopbell codes void: " << printable(one) << " was given already, and stays so\n";
    for (const auto& one : done.unknown)
        to.err << "shopbell codes void: " << printable(one) << " is no code of this endpoint\n";
}

result<int> make_void(operator_client& from, const codes_options& options, std::istream& in,
                      const command_output& to) {
    auto codes = options.codes;
    if (codes == std::vector<std::string>{"-"}) {
        auto listed = read_list(in);
        if (!listed)
            return listed.error();
        codes = *std::move(listed);
    }
    voided done;
    const auto target = api_path({"codes", options.endpoint, "void"});
    const auto sent = send_codes(from, target, codes, {}, [&done](const json::value& answer) {
        done.codes += number_of(answer, "voided");
        collect(answer, "given", done.given);
        collect(answer, "unknown", done.unknown);
    });
    if (sent || done.codes > 0)
        print_voided(options, done, to);
    if (!sent)
        return sent.error();
    return done.given.empty() && done.unknown.empty() ? exit_done : exit_failed;
}

/// A product's codes, put together from the parts of a long list.
struct listed_pool {
    std::string endpoint, product;
    std::uint64_t left = 0, low = 0;
    std::vector<std::string> given;  ///< JSON objects

    [[nodiscard]] bool goes_on_in(const json::value& part) const {
        return endpoint == text_of(part, "endpoint") && product == text_of(part, "product");
    }
};

result<std::vector<listed_pool>> read_pools(operator_client& from, const codes_options& options) {
    auto target = api_path({"codes"});
    add_parameter(target, "endpoint", options.endpoint);
    add_parameter(target, "show", options.show ? "true" : "");
    add_parameter(target, "limit", "1000");
    std::vector<listed_pool> all;
    const auto read = ask_through(from, "GET", target, {}, [&all](const json::value& answer) {
        const auto* const pools = answer.find("codes");
        if (pools == nullptr)
            return false;
        for (const auto& one : pools->elements()) {
            if (all.empty() || !all.back().goes_on_in(one))
                all.push_back(
                    {std::string(text_of(one, "endpoint")), std::string(text_of(one, "product")), 0, 0, {}});
            auto& pool = all.back();
            pool.left = number_of(one, "left");
            pool.low = number_of(one, "low");
            if (const auto* const given = one.find("given"); given != nullptr) {
                for (const auto& sale : given->elements())
                    pool.given.emplace_back(sale.raw());
            }
        }
        return true;
    });
    if (!read)
        return read.error();
    return all;
}

std::string json_of(const listed_pool& pool) {
    json_writer out;
    out.begin_object().field("endpoint", pool.endpoint).field("product", pool.product);
    write_number(out, "left", pool.left);
    write_number(out, "low", pool.low);
    out.key("given").begin_array();
    for (const auto& one : pool.given)
        out.raw(one);
    out.end_array().end_object();
    return out.take();
}

void print_levels(const std::vector<listed_pool>& pools, std::ostream& out) {
    text_table table({"ENDPOINT", "PRODUCT", "LEFT", "LOW", "GIVEN"});
    for (const auto& one : pools)
        table.add({one.endpoint, one.product, std::to_string(one.left), std::to_string(one.low),
                   std::to_string(one.given.size())});
    table.print(out);
}

void print_given(const std::vector<listed_pool>& pools, std::ostream& out) {
    text_table table({"GIVEN", "ENDPOINT", "PRODUCT", "CODE", "TXN_ID", "ITEM"});
    for (const auto& pool : pools) {
        for (const auto& text : pool.given) {
            const auto sale = json::document::parse(text);
            if (!sale)
                continue;
            const auto& one = sale->root();
            table.add({to_seconds(text_of(one, "at")), pool.endpoint, pool.product,
                       std::string(text_of(one, "code")), std::string(text_of(one, "txn_id")),
                       std::string(text_of(one, "item"))});
        }
    }
    if (table.has_rows())
        out << '\n';
    table.print(out);
}

result<int> list(operator_client& from, const codes_options& options, const command_output& to) {
    const auto pools = read_pools(from, options);
    if (!pools)
        return pools.error();
    if (to.json) {
        for (const auto& one : *pools)
            to.out << json_of(one) << '\n';
        return exit_done;
    }
    if (pools->empty())
        to.err << "no codes\n";
    print_levels(*pools, to.out);
    print_given(*pools, to.out);
    return exit_done;
}

}  // namespace

int codes(const std::string& config_path, const codes_options& options, std::istream& in,
          const command_output& to) {
    switch (options.what) {
        case codes_action::add:
            return run_operator_command(config_path, "codes add", operator_access::changing, to,
                                        [&](operator_client& from) { return add(from, options, in, to); });
        case codes_action::make_void:
            return run_operator_command(
                config_path, "codes void", operator_access::changing, to,
                [&](operator_client& from) { return make_void(from, options, in, to); });
        case codes_action::list:
            break;
    }
    return run_operator_command(config_path, "codes list", operator_access::reading, to,
                                [&](operator_client& from) { return list(from, options, to); });
}

}  // namespace shopbell
