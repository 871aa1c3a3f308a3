#include <shopbell/cli/sign.hpp>

#include <shopbell/cli/choice.hpp>
#include <shopbell/cli/exit_status.hpp>
#include <shopbell/cli/load.hpp>

#include <iterator>
#include <utility>

namespace shopbell {

namespace {

int refuse_to_sign(const failure& why, std::ostream& err) {
    err << "shopbell sign: " << why.reason << '\n';
    return exit_usage;
}

}  // namespace

int sign(const std::string& config_path, const std::string& provider, const std::string& endpoint,
         std::istream& in, std::ostream& out, std::ostream& err) {
    if (const auto known = check_provider(provider); !known)
        return refuse_to_sign(known.error(), err);
    config::problems found(config_path);
    const auto all = load(config_path, found);
    if (found.has_errors()) {
        report(found, config::severity::error, err);
        return exit_configuration;
    }
    const auto chosen = choose_endpoint(all, provider, endpoint);
    if (!chosen)
        return refuse_to_sign(chosen.error(), err);

    const auto& source = *(*chosen)->source;
    std::string body(std::istreambuf_iterator<char>(in), {});
    const auto made = source.sign({}, body, signing::genuine);
    if (const auto holds = check_signed(source, made); !holds) {
        err << "shopbell sign: " << holds.error().reason << '\n';
        return exit_failed;
    }
    for (const auto& field : made.fields)
        out << field.name << ": " << field.value << '\n';
    if (!made.query.empty())
        out << '?' << made.query << '\n';
    if (source.reader() != nullptr) {
        // Where the proof has its place in the body, the body is the answer.
        if (made.body != body)
            out << made.body << '\n';
        return exit_done;
    }
    // A proof that is a field of the body does not depend on the rest: it is all that an empty body gets.
    const auto proof = source.sign({}, {}, signing::genuine).body;
    if (!proof.empty())
        out << proof << '\n';
    return exit_done;
}

}  // namespace shopbell
