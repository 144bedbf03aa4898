# Countertrail: alerts on what must not change unseen, and a function that restarts stopped trails.
locals {
  rules = {
    "4.1" = {
      description = "4.1 API call denied"
      state       = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
      regions     = []
      message     = <<-EOT
        "4.1 API call denied (low)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": [{"prefix": "aws."}],
          "detail-type": [{"suffix": " via CloudTrail"}],
          "detail": {
            "errorCode": [{"suffix": "UnauthorizedOperation"}, {"prefix": "AccessDenied"}],
            "sourceIPAddress": [{"anything-but": "delivery.logs.amazonaws.com"}],
            "eventName": [{"anything-but": "HeadBucket"}]
          }
        }
      EOT
    }
    "4.2" = {
      description = "4.2 Console sign-in without MFA"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.2 Console sign-in without MFA (high)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.signin"],
          "detail-type": ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"],
          "detail": {
            "eventName": ["ConsoleLogin"],
            "userIdentity": {"type": ["IAMUser", "Root"]},
            "additionalEventData": {"MFAUsed": [{"anything-but": {"equals-ignore-case": "yes"}}, {"exists": false}]},
            "responseElements": {"ConsoleLogin": ["Success"]}
          }
        }
      EOT
    }
    "4.3" = {
      description = "4.3 Root user activity"
      state       = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
      regions     = []
      message     = <<-EOT
        "4.3 Root user activity (high)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": [{"prefix": "aws."}],
          "detail-type": [{"suffix": " via CloudTrail"}],
          "detail": {
            "userIdentity": {"type": ["Root"], "invokedBy": [{"exists": false}]},
            "eventType": [{"anything-but": "AwsServiceEvent"}]
          }
        }
      EOT
    }
    "4.4" = {
      description = "4.4 IAM policy changed"
      state       = "ENABLED"
      regions     = ["us-east-1", "us-gov-west-1", "cn-north-1"]
      message     = <<-EOT
        "4.4 IAM policy changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.iam"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["iam.amazonaws.com"],
            "eventName": [
              "DeleteGroupPolicy",
              "DeleteRolePolicy",
              "DeleteUserPolicy",
              "PutGroupPolicy",
              "PutRolePolicy",
              "PutUserPolicy",
              "CreatePolicy",
              "DeletePolicy",
              "CreatePolicyVersion",
              "DeletePolicyVersion",
              "AttachRolePolicy",
              "DetachRolePolicy",
              "AttachUserPolicy",
              "DetachUserPolicy",
              "AttachGroupPolicy",
              "DetachGroupPolicy"
            ]
          }
        }
      EOT
    }
    "4.5" = {
      description = "4.5 CloudTrail configuration changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.5 CloudTrail configuration changed (critical)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.cloudtrail"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["cloudtrail.amazonaws.com"],
            "eventName": ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]
          }
        }
      EOT
    }
    "4.6" = {
      description = "4.6 Console sign-in failed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.6 Console sign-in failed (low)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.signin"],
          "detail-type": ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"],
          "detail": {"eventName": ["ConsoleLogin"], "errorMessage": ["Failed authentication"]}
        }
      EOT
    }
    "4.7" = {
      description = "4.7 KMS key disabled or scheduled for deletion"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.7 KMS key disabled or scheduled for deletion (high)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.kms"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {"eventSource": ["kms.amazonaws.com"], "eventName": ["DisableKey", "ScheduleKeyDeletion"]}
        }
      EOT
    }
    "4.8" = {
      description = "4.8 S3 bucket policy, ACL, CORS, lifecycle or replication changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.8 S3 bucket policy, ACL, CORS, lifecycle or replication changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.s3"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["s3.amazonaws.com"],
            "eventName": [
              "PutBucketAcl",
              "PutBucketPolicy",
              "PutBucketCors",
              "PutBucketLifecycle",
              "PutBucketReplication",
              "DeleteBucketPolicy",
              "DeleteBucketCors",
              "DeleteBucketLifecycle",
              "DeleteBucketReplication"
            ]
          }
        }
      EOT
    }
    "4.9" = {
      description = "4.9 AWS Config recording changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.9 AWS Config recording changed (high)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.config"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["config.amazonaws.com"],
            "eventName": [
              "StopConfigurationRecorder",
              "DeleteDeliveryChannel",
              "PutDeliveryChannel",
              "PutConfigurationRecorder"
            ]
          }
        }
      EOT
    }
    "4.10" = {
      description = "4.10 Security group changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.10 Security group changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.ec2"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["ec2.amazonaws.com"],
            "eventName": [
              "AuthorizeSecurityGroupIngress",
              "AuthorizeSecurityGroupEgress",
              "RevokeSecurityGroupIngress",
              "RevokeSecurityGroupEgress",
              "CreateSecurityGroup",
              "DeleteSecurityGroup",
              "ModifySecurityGroupRules"
            ]
          }
        }
      EOT
    }
    "4.11" = {
      description = "4.11 Network ACL changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.11 Network ACL changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.ec2"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["ec2.amazonaws.com"],
            "eventName": [
              "CreateNetworkAcl",
              "CreateNetworkAclEntry",
              "DeleteNetworkAcl",
              "DeleteNetworkAclEntry",
              "ReplaceNetworkAclEntry",
              "ReplaceNetworkAclAssociation"
            ]
          }
        }
      EOT
    }
    "4.12" = {
      description = "4.12 Internet or customer gateway changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.12 Internet or customer gateway changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.ec2"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["ec2.amazonaws.com"],
            "eventName": [
              "CreateCustomerGateway",
              "DeleteCustomerGateway",
              "AttachInternetGateway",
              "CreateInternetGateway",
              "DeleteInternetGateway",
              "DetachInternetGateway"
            ]
          }
        }
      EOT
    }
    "4.13" = {
      description = "4.13 Route table changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.13 Route table changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.ec2"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["ec2.amazonaws.com"],
            "eventName": [
              "CreateRoute",
              "CreateRouteTable",
              "ReplaceRoute",
              "ReplaceRouteTableAssociation",
              "DeleteRouteTable",
              "DeleteRoute",
              "DisassociateRouteTable"
            ]
          }
        }
      EOT
    }
    "4.14" = {
      description = "4.14 VPC or VPC peering changed"
      state       = "ENABLED"
      regions     = []
      message     = <<-EOT
        "4.14 VPC or VPC peering changed (medium)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.ec2"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["ec2.amazonaws.com"],
            "eventName": [
              "CreateVpc",
              "DeleteVpc",
              "ModifyVpcAttribute",
              "AcceptVpcPeeringConnection",
              "CreateVpcPeeringConnection",
              "DeleteVpcPeeringConnection",
              "RejectVpcPeeringConnection",
              "AttachClassicLinkVpc",
              "DetachClassicLinkVpc",
              "DisableVpcClassicLink",
              "EnableVpcClassicLink"
            ]
          }
        }
      EOT
    }
    "4.15" = {
      description = "4.15 AWS Organizations changed"
      state       = "ENABLED"
      regions     = ["us-east-1", "us-gov-west-1", "cn-northwest-1"]
      message     = <<-EOT
        "4.15 AWS Organizations changed (high)"
        "<call> of <service> by <actor> from <address>"
        "Account <account>, Region <region>, <time>"
        "Error: <error>"
        "<type>, event <id>"
      EOT
      pattern     = <<-EOT
        {
          "source": ["aws.organizations"],
          "detail-type": ["AWS API Call via CloudTrail"],
          "detail": {
            "eventSource": ["organizations.amazonaws.com"],
            "eventName": [
              "AcceptHandshake",
              "AttachPolicy",
              "CreateAccount",
              "CreateOrganizationalUnit",
              "CreatePolicy",
              "DeclineHandshake",
              "DeleteOrganization",
              "DeleteOrganizationalUnit",
              "DeletePolicy",
              "DetachPolicy",
              "DisablePolicyType",
              "EnablePolicyType",
              "InviteAccountToOrganization",
              "LeaveOrganization",
              "MoveAccount",
              "RemoveAccountFromOrganization",
              "UpdatePolicy",
              "UpdateOrganizationalUnit"
            ]
          }
        }
      EOT
    }
  }

  message_paths = {
    account = "$.account"
    actor   = "$.detail.userIdentity.arn"
    address = "$.detail.sourceIPAddress"
    call    = "$.detail.eventName"
    error   = "$.detail.errorCode"
    id      = "$.detail.eventID"
    region  = "$.region"
    service = "$.detail.eventSource"
    time    = "$.time"
    type    = "$.detail-type"
  }

  function = {
    description = "Countertrail: starts logging again on a trail that was stopped."
    rules       = ["4.5"]
    memory      = 128
    timeout     = 60
    concurrency = 1
    log_days    = 90
    variables = {
      COUNTERTRAIL_MODE      = var.mode
      COUNTERTRAIL_ROLE_ARN  = aws_iam_role.function.arn
      COUNTERTRAIL_TOPIC_ARN = aws_sns_topic.alerts.arn
    }
  }

  # What the function may do besides its own work; the last only to enforce.
  function_tells = [
    {
      sid       = "Tell"
      actions   = ["sns:Publish"]
      resources = [aws_sns_topic.alerts.arn]
    },
    {
      sid       = "EncryptWhatIsTold"
      actions   = ["kms:Decrypt", "kms:GenerateDataKey*"]
      resources = [aws_kms_key.alerts.arn]
    },
  ]
  function_reads = [
    {
      sid       = "Plan"
      actions   = ["cloudtrail:GetTrail", "cloudtrail:GetTrailStatus"]
      resources = ["arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/*"]
    },
  ]
  function_writes = [
    {
      sid       = "Act"
      actions   = ["cloudtrail:StartLogging"]
      resources = ["arn:${local.partition}:cloudtrail:${local.region}:${local.account}:trail/*"]
    },
  ]
}
