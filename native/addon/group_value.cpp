#include "addon/group_value.h"

#include "math/contract.h"

namespace chainrule {

std::shared_ptr<const Group> parse_group(const Napi::Value& value) {
  if (value.IsUndefined()) return nullptr;
  constexpr napi_type_tag tag = {CHAINRULE_GROUP_TAG_LOWER, CHAINRULE_GROUP_TAG_UPPER};
  bool is_group = false;
  require(value.IsExternal(), "group is not a group");
  const napi_status status = napi_check_object_type_tag(value.Env(), value, &tag, &is_group);
  require(status == napi_ok && is_group, "group is not a group");
  return std::make_shared<const Group>(*value.As<Napi::External<ChainruleGroup>>().Data());
}

}  // namespace chainrule
